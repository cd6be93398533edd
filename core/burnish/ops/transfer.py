"""Transfer curves: between the stored values of a picture and linear light."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from burnish.errors import UsageError

__all__ = ["LINEAR", "S_RGB", "Transfer", "transfer_named"]

TRANSFERS = ("srgb", "linear")
"""The curves that a setting can name without a picture."""


class Transfer(ABC):
    """A curve between stored values v and light x; 0 is black and 1 is white in both; monotone, also outside [0, 1]."""

    name: str
    """``srgb``, ``linear``, ``icc`` (the profile's own curve) or ``gamma`` (that of a PNG's gAMA)."""

    @abstractmethod
    def to_light(self, stored: Tensor) -> Tensor:
        """…,C,H,W of stored values → light."""

    @abstractmethod
    def from_light(self, light: Tensor) -> Tensor:
        """The inverse of ``to_light``."""

    @abstractmethod
    def slope(self, stored: Tensor) -> Tensor:
        """dx/dv at stored values, which are clipped to [0, 1]."""


class Linear(Transfer):
    """x = v: the stored values are light."""

    name = "linear"

    def to_light(self, stored: Tensor) -> Tensor:
        """The values themselves."""
        return stored

    def from_light(self, light: Tensor) -> Tensor:
        """The values themselves."""
        return light

    def slope(self, stored: Tensor) -> Tensor:
        """1."""
        return torch.ones_like(stored)


class SRGB(Transfer):
    """x = v/12.92 up to v = 0.04045, beyond it ((v + 0.055)/1.055)^2.4 (IEC 61966-2-1)."""

    name = "srgb"

    def to_light(self, stored: Tensor) -> Tensor:
        """Values in sRGB → light; negative values by the linear part."""
        curved = ((stored.clamp_min(_KNEE) + 0.055) / 1.055) ** 2.4
        return torch.where(stored <= _KNEE, stored / 12.92, curved)

    def from_light(self, light: Tensor) -> Tensor:
        """Light → sRGB values."""
        curved = 1.055 * light.clamp_min(_KNEE / 12.92) ** (1.0 / 2.4) - 0.055
        return torch.where(light <= _KNEE / 12.92, 12.92 * light, curved)

    def slope(self, stored: Tensor) -> Tensor:
        """From 1/12.92 in the shadows to 2.27 at white."""
        curved = 2.4 / 1.055 * ((stored.clamp(_KNEE, 1.0) + 0.055) / 1.055) ** 1.4
        return torch.where(stored <= _KNEE, torch.full_like(stored, 1.0 / 12.92), curved)


class Sampled(Transfer):
    """A curve for each channel, sampled at equal steps from v = 0 to 1, linear between samples.

    Below 0 it is the mirror image of what it is above, beyond 1 it goes on straight.
    """

    def __init__(self, name: str, curves: Sequence[Sequence[float]]) -> None:
        """``curves``: one for all channels, or one each; black is shifted to 0, and falling parts are made flat."""
        self.name = name
        values = torch.tensor(curves, dtype=torch.float64)
        least = _LEAST_RISE * torch.arange(values.shape[1])
        self._curves = ((values - values[:, :1] - least).cummax(dim=1).values + least).float()

    def to_light(self, stored: Tensor) -> Tensor:
        """Stored values → light."""
        return self._each(stored, _interpolated)

    def from_light(self, light: Tensor) -> Tensor:
        """Light → stored values."""
        return self._each(light, _inverted)

    def slope(self, stored: Tensor) -> Tensor:
        """The slope of the segment that contains the value."""
        return self._each(stored, _slope)

    def far_from(self, other: Transfer) -> float:
        """Largest difference in light between this curve and another one."""
        values = torch.linspace(0, 1, self._curves.shape[1])
        return float((self._curves - other.to_light(values)).abs().max())

    def _each(self, x: Tensor, map_one: _Map) -> Tensor:
        curves = self._curves.to(x)
        if x.shape[-3] != len(curves):  # grey made of colours: green has the largest weight
            return map_one(x, curves[len(curves) // 2])
        planes = [map_one(plane, curve) for plane, curve in zip(x.unbind(-3), curves, strict=True)]
        return torch.stack(planes, dim=-3)


LINEAR = Linear()
S_RGB = SRGB()
_BY_NAME: dict[str, Transfer] = {"linear": LINEAR, "srgb": S_RGB}
_KNEE = 0.04045
_LEAST_RISE = 2e-7
"""From sample to sample, so that each curve has an inverse also in float32."""
_Map = Callable[[Tensor, Tensor], Tensor]


def transfer_named(name: str) -> Transfer:
    """The curve named ``srgb`` or ``linear``.

    Raises:
        UsageError: There is none of that name.
    """
    if name not in _BY_NAME:
        raise UsageError(f"transfer {name!r} is unknown; use one of {', '.join(TRANSFERS)}")
    return _BY_NAME[name]


def _piece(values: Tensor, curve: Tensor) -> tuple[Tensor, Tensor]:
    place = values.abs() * (len(curve) - 1)
    return place, place.floor().clamp(0, len(curve) - 2).long()


def _interpolated(values: Tensor, curve: Tensor) -> Tensor:
    place, first = _piece(values, curve)
    low, high = curve[first], curve[first + 1]
    return values.sign() * (low + (place - first) * (high - low))


def _inverted(light: Tensor, curve: Tensor) -> Tensor:
    size = light.abs().contiguous()
    first = (torch.searchsorted(curve, size, right=True) - 1).clamp(0, len(curve) - 2)
    low, high = curve[first], curve[first + 1]
    return light.sign() * (first + (size - low) / (high - low).clamp_min(1e-7)) / (len(curve) - 1)


def _slope(values: Tensor, curve: Tensor) -> Tensor:
    _, first = _piece(values.clamp(0.0, 1.0), curve)
    slopes: Tensor = (curve[first + 1] - curve[first]) * (len(curve) - 1)
    return slopes
