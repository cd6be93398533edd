"""A restorer that is ready to work, with all that the host knows about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import torch

from burnish.bundle import Bundle
from burnish.errors import UsageError
from burnish.plugins.declarations import CONDITIONS, RestorerSpec

MEMORY_MB = 2048
"""MiB of working memory that a restoration may take unless it is told otherwise."""

P = TypeVar("P")
"""A kind of picture."""


def _nobody(*_: Any, **__: Any) -> Any:
    raise UsageError("a restorer that was put together by hand restores nothing; load it by burnish.load")


@dataclass(frozen=True, kw_only=True, repr=False)
class Restorer:
    """A restorer with its declaration, configuration, device and origin; ``burnish.load`` gives one.

    Called with a picture it gives the restored one, of the same kind.
    """

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
    restores: Callable[..., Any] = _nobody
    """How the host restores a picture of any kind with it; whoever loads it knows."""

    def __call__(
        self,
        picture: P,
        *,
        sigma: float | None = None,
        kernel: Any = None,
        mask: Any = None,
        transfer: str | None = None,
        tile: Literal["auto"] | int = "auto",
        precision: str = "auto",
        memory_mb: int = MEMORY_MB,
        **conditions: Any,
    ) -> P:
        """Restore a picture of any size; the same kind, type and depth come back, and metadata stay.

        What its user should know (samples that were clipped, a range that was scaled) is logged as a warning of
        ``burnish``.

        Args:
            picture: A NumPy array H,W or H,W,C (uint8, uint16, or float with white at 1; RGB, alpha last), a Pillow
                image, what ``burnish.read`` gives, or a torch tensor N,C,H,W in [0, 1]. For a restorer of bursts or
                clips: a list of such pictures, or a tensor N,T,C,H,W; a burst gives one picture, a clip a list.
            sigma: Standard deviation of the noise in [0, 1], as in 25/255.
            kernel: The blur's point-spread function, k,k with k odd, which sums to 1.
            mask: 1 where a pixel was recorded, 0 where it is invalid; H,W.
            transfer: How values stand for light, for restorers that work on light: ``auto`` (by the picture), ``srgb``,
                ``linear``, ``icc``. None: ``auto``; a tensor's values are taken as they are.
            tile: Side of tiles in pixels; 0: one piece; ``auto``: as memory asks for it.
            precision: ``auto``, ``fp32`` or ``bf16``.
            memory_mb: MiB of working memory that ``tile="auto"`` goes by.
            conditions: What else is known, as ``burnish.degrade`` gives it: ``scale``, ``saturated``, ``flow``.

        Raises:
            UsageError: It is no picture; says what to give.
            RestorationError: It needs a condition that was not given, or the estimate is no picture.
            PluginError: The plugin's code failed.
        """
        if unknown := conditions.keys() - CONDITIONS:
            raise UsageError(f"{min(unknown)!r} is no condition; known are {', '.join(sorted(CONDITIONS))}")
        given = {"sigma": sigma, "kernel": kernel, "mask": mask, **conditions}
        known = {name: value for name, value in given.items() if value is not None}
        return self.restores(  # type: ignore[no-any-return]
            self, picture, known, transfer=transfer, tile=tile, precision=precision, memory_mb=memory_mb
        )

    restore = __call__

    def __repr__(self) -> str:
        return f"<Restorer {self.subject}: {'; '.join(f'{name} {value}' for name, value in self._facts())}>"

    def _repr_html_(self) -> str:
        """A table, for notebooks."""
        from burnish.console.templating import render

        facts = [("restorer", self.subject), ("", self.spec.summary), *self._facts()]
        return render("burnish.reporting/table.html", caption="", rows=[(name, [value]) for name, value in facts])

    def _facts(self) -> list[tuple[str, str]]:
        """What its user wants to know, in words."""
        seen = "the whole picture" if self.receptive_field is None else f"{self.receptive_field} pixels"
        facts = {
            "for": ", ".join(sorted(self.spec.tasks)),
            "takes": {"single": "pictures", "burst": "bursts", "video": "clips"}[self.spec.temporal],
            "channels": ", ".join(map(str, self.channels)),
            "scale": f"×{self.scale}",
            "needs": ", ".join(sorted(self.spec.needs)),
            "accepts": ", ".join(sorted(self.spec.accepts)),
            "sees": seen,
            "parameters": f"{self.parameters:,}" if self.parameters else "",
            "device": str(self.device),
            "plugin": f"{self.distribution} {self.version}",
            "reference": self.spec.reference,
        }
        return [(name, value) for name, value in facts.items() if value]

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
