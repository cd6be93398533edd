"""A restorer that is ready to work, with all that the host knows about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from burnish.bundle import Bundle
from burnish.declarations import RestorerSpec


@dataclass(frozen=True, kw_only=True)
class LoadedRestorer:
    """A restorer with its declaration, configuration, device and origin."""

    id: str
    """``plugin/name``."""
    spec: RestorerSpec
    config: Mapping[str, Any]
    """The whole configuration, defaults included."""
    restorer: Callable[..., Any]
    """What the factory gave; a module is in ``eval`` mode and on ``device``."""
    device: torch.device
    """Where pictures are taken to be restored."""
    origin: str
    """``installed``, the bundle's folder, or the id with the name of shipped weights (``cnn/dncnn:grey-25``)."""
    distribution: str
    version: str
    bundle: Bundle | None = None
    """The bundle that the weights came from."""

    @property
    def label(self) -> str:
        """How errors name it: id, distribution and version."""
        return f"{self.id} ({self.distribution} {self.version})"

    @property
    def subject(self) -> str:
        """How scorecards call it: its id, with the weights that it has."""
        if self.bundle is None:
            return self.id
        return self.origin if self.origin.startswith(f"{self.id}:") else f"bundle:{self.origin}"

    @property
    def untrained(self) -> bool:
        """Whether its weights are fresh: nobody trained them, and no other restorer should ask it."""
        return self.spec.trainable and self.bundle is None

    @property
    def learned(self) -> bool:
        """Whether it learned from pictures that fill [0, 1]; the instance's word wins."""
        return bool(getattr(self.restorer, "learned", self.spec.learned or self.spec.trainable))

    @property
    def light(self) -> str:
        """What its model holds for, in the words of ``declarations.LIGHT``; the instance's wins."""
        return str(getattr(self.restorer, "light", self.spec.light))

    @property
    def scale(self) -> int:
        """Factor by which height and width grow: the configuration's, else the instance's, else the declared one."""
        chosen = self.config.get("scale", getattr(self.restorer, "scale", None))
        return chosen if isinstance(chosen, int) and chosen in self.spec.scale else self.spec.scale[0]

    @property
    def channels(self) -> tuple[int, ...]:
        """Numbers of channels that it takes: the configuration's, else the declared ones."""
        chosen = self.config.get("channels")
        if isinstance(chosen, int):
            return (chosen,)
        return tuple(chosen) if isinstance(chosen, list | tuple) and chosen else self.spec.channels

    @property
    def receptive_field(self) -> int | None:
        """Side in input pixels of what one output pixel depends on; None: the whole picture. The instance's wins."""
        if hasattr(self.restorer, "receptive_field"):
            own = self.restorer.receptive_field
            return None if own is None else int(own)
        return self.spec.receptive_field

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this; the instance's wins."""
        return max(1, int(getattr(self.restorer, "size_multiple", self.spec.size_multiple)))

    @property
    def min_size(self) -> int:
        """Smallest height and width in pixels; the instance's wins."""
        return max(1, int(getattr(self.restorer, "min_size", self.spec.min_size)))

    @property
    def tiling(self) -> str:
        """How a large picture may be cut, in the words of ``declarations.TILING``; the instance's wins."""
        return str(getattr(self.restorer, "tiling", self.spec.tiling))

    @property
    def precision_tolerance(self) -> float:
        """Root-mean-square deviation in [0, 1] that reduced precision may cause; the instance's wins."""
        return float(getattr(self.restorer, "precision_tolerance", self.spec.precision_tolerance))

    @property
    def window(self) -> int:
        """Frames of a clip at once; 0: all. The instance's wins."""
        return max(0, int(getattr(self.restorer, "window", self.spec.window)))

    @property
    def window_overlap(self) -> int:
        """Frames that neighbouring windows share at least, below ``window``. The instance's wins."""
        overlap = int(getattr(self.restorer, "window_overlap", self.spec.window_overlap))
        return max(0, min(overlap, self.window - 1))

    @property
    def parameters(self) -> int:
        """How many numbers were learned; 0 where it is no module."""
        if not isinstance(self.restorer, torch.nn.Module):
            return 0
        return sum(parameter.numel() for parameter in self.restorer.parameters())
