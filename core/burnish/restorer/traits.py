"""The resolved traits of a restorer or degrader: a value of the instance overrides the declaration's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor

from burnish.ops.padding import fitting, pad_to_fit
from burnish.plugins.declarations import DegraderSpec, RestorerSpec

T = TypeVar("T")


def resolved(instance: object, name: str, declared: T) -> T:
    """The instance's value of that name, else the declared one."""
    found: T = getattr(instance, name, declared)
    return found


def gives(degrader: object, spec: DegraderSpec) -> frozenset[str]:
    """The conditions that a degrader's observations have; for a sequence, its parts decide."""
    return frozenset(resolved(degrader, "gives", spec.gives))


def shrinks_by(degrader: object, spec: DegraderSpec, config: Mapping[str, object]) -> int | None:
    """The factor by which a degrader reduces pictures: the instance's, else the configuration's, else the declared.

    None: it cannot be known before it is used.
    """
    only = spec.scale[0] if len(spec.scale) == 1 else None
    scale = resolved(degrader, "scale", config.get("scale", only))
    return scale if isinstance(scale, int) else None


@dataclass(frozen=True, kw_only=True, repr=False)
class Traits:
    """What the host must know to use a restorer."""

    spec: RestorerSpec
    config: Mapping[str, object]
    """The whole configuration, defaults included."""
    restorer: Callable[..., Any]
    """The factory's result; a module is in ``eval`` mode and on its device."""

    @property
    def learned(self) -> bool:
        """Whether it was trained on pictures that fill [0, 1]."""
        return bool(resolved(self.restorer, "learned", self.spec.learned or self.spec.trainable))

    @property
    def light(self) -> str:
        """The kind of values that its model assumes, one of ``declarations.LIGHT``."""
        return str(resolved(self.restorer, "light", self.spec.light))

    @property
    def scale(self) -> int:
        """The factor by which height and width grow: the configuration's, else the instance's, else the declared."""
        chosen = self.config.get("scale")
        if chosen is None:
            chosen = resolved(self.restorer, "scale", None)
        return chosen if isinstance(chosen, int) and chosen in self.spec.scale else self.spec.scale[0]

    @property
    def channels(self) -> tuple[int, ...]:
        """Numbers of channels that it takes: the configuration's, else the instance's, else the declared ones."""
        chosen = self.config.get("channels")
        if chosen is None:
            chosen = resolved(self.restorer, "channels", None)
        if isinstance(chosen, int):
            return (chosen,)
        return tuple(chosen) if isinstance(chosen, list | tuple) and chosen else self.spec.channels

    @property
    def receptive_field(self) -> int | None:
        """Side in pixels of the input region that one output pixel depends on; None for the whole picture."""
        field = resolved(self.restorer, "receptive_field", self.spec.receptive_field)
        return None if field is None else int(field)

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this."""
        return max(1, int(resolved(self.restorer, "size_multiple", self.spec.size_multiple)))

    @property
    def min_size(self) -> int:
        """Smallest height and width in pixels."""
        return max(1, int(resolved(self.restorer, "min_size", self.spec.min_size)))

    @property
    def tiling(self) -> str:
        """The tiling policy, one of ``declarations.TILING``."""
        return str(resolved(self.restorer, "tiling", self.spec.tiling))

    @property
    def precision_tolerance(self) -> float:
        """Root-mean-square deviation in [0, 1] that reduced precision may cause."""
        return float(resolved(self.restorer, "precision_tolerance", self.spec.precision_tolerance))

    @property
    def window(self) -> int:
        """Number of frames of a clip that are restored together; 0 for all."""
        return max(0, int(resolved(self.restorer, "window", self.spec.window)))

    @property
    def window_overlap(self) -> int:
        """The least number of frames that neighbouring windows share; less than ``window``."""
        overlap = int(resolved(self.restorer, "window_overlap", self.spec.window_overlap))
        return max(0, min(overlap, self.window - 1))

    def padded(self, picture: Tensor) -> Tensor:
        """…,H,W padded at right and bottom to a size that it takes."""
        return pad_to_fit(picture, multiple=self.size_multiple, smallest=self.min_size)

    def fitting(self, length: int) -> int:
        """The shortest valid side that is at least ``length``, in pixels."""
        return fitting(length, multiple=self.size_multiple, smallest=self.min_size)
