"""The iteration of Richardson and Lucy on a canvas: accelerated, with total variation, masked and saturated pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_deconvolution.model.blur import Blur
from burnish_deconvolution.model.recorded import Recorded

_LEAST_SHARE = 1e-3
"""Canvas pixels whose light reaches the picture with a smaller share than this are left unchanged."""
_DARK = 1e-6
"""Brightness in [0, 1] units below which nothing is divided by."""
FLAT = 0.02
"""Slope in [0, 1] units per pixel below which total variation is a quadratic: steps stay smooth."""


def scene(
    recorded: Recorded,
    blur: Blur,
    *,
    saturated: Tensor | None = None,
    iterations: int = 30,
    acceleration: bool = True,
    tv: float = 0.002,
) -> Tensor:
    """The scene on the whole canvas, N,1,rows,columns; settings as those of ``RichardsonLucy``.

    Args:
        recorded: What is known, not negative.
        blur: K.
        saturated: N,1,rows,columns: 1 where the sensor was full. Such a pixel requires no change once K x reaches it.
        iterations: Steps.
        acceleration: Extrapolate.
        tv: Weight of the total variation.
    """
    reach = None if recorded.weight is None else blur.adjoint(recorded.weight).clamp_min(0.0)
    x = before = recorded.start.clamp_min(_DARK)
    changes: list[Tensor] = []
    for _ in range(iterations):
        y = (x + _pace(changes) * (x - before)).clamp_min(0.0) if acceleration else x
        ratio = _ratio(y, recorded, saturated, blur)
        before, x = x, _stepped(y, blur.adjoint(ratio).clamp_min(0.0), reach, tv)
        changes = [*changes[-1:], x - y]
    return x


def _ratio(x: Tensor, recorded: Recorded, saturated: Tensor | None, blur: Blur) -> Tensor:
    """M (y / K x), where y is K x itself in saturated pixels if K x reaches them."""
    blurred = blur.forward(x).clamp_min(_DARK)
    values = recorded.values
    if saturated is not None:
        values = torch.where(saturated > 0.5, torch.maximum(values, blurred), values)
    ratio = values / blurred
    return ratio if recorded.weight is None else ratio * recorded.weight


def _stepped(x: Tensor, share: Tensor, reach: Tensor | None, tv: float) -> Tensor:
    """One multiplicative step from ``x``."""
    step = x * share
    if tv > 0:
        step = step / (1.0 - tv * curvature(x))
    return step if reach is None else torch.where(reach > _LEAST_SHARE, step / reach.clamp_min(_LEAST_SHARE), x)


def _pace(changes: list[Tensor]) -> Tensor | float:
    """The extrapolation factor of each picture, in [0, 1): ⟨g₁, g₂⟩/⟨g₂, g₂⟩ for the last two changes g₁, g₂."""
    if len(changes) < 2:
        return 0.0
    older, newer = changes
    along = (older * newer).sum(dim=(-2, -1), keepdim=True)
    return (along / older.square().sum(dim=(-2, -1), keepdim=True).clamp_min(_DARK**2)).clamp(0.0, 0.999)


def curvature(x: Tensor) -> Tensor:
    """div(∇x / |∇x|) by forward and backward differences, 0 where x is flat; circular."""
    down, right = torch.roll(x, -1, -2) - x, torch.roll(x, -1, -1) - x
    size = (down.square() + right.square() + FLAT**2).sqrt()
    down, right = down / size, right / size
    return down - torch.roll(down, 1, -2) + right - torch.roll(right, 1, -1)
