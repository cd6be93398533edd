"""From coarse to fine: smaller pictures by area-correct smoothing, larger flows by interpolation."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

from burnish_optical_flow.filtering import gaussian

Refine = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(first, second, flow so far) → a better flow of that size."""


def pyramid(picture: Tensor, *, factor: float, least: int) -> list[Tensor]:
    """The picture at decreasing sizes, the smallest first.

    Before each step down by ``factor`` the picture is smoothed by a Gaussian with σ = √(1/factor² − 1)/2, which leaves
    next to nothing above the new Nyquist frequency.

    Args:
        picture: N,C,H,W.
        factor: In (0, 1): side of a level over that of the next finer one.
        least: Pixels that the shorter side keeps at least.
    """
    levels = [picture]
    sigma = 0.5 * math.sqrt(factor**-2 - 1)
    height, width = picture.shape[-2:]
    while True:
        share = factor ** len(levels)
        size = (round(height * share), round(width * share))
        if min(size) < least or size == tuple(levels[-1].shape[-2:]):
            return levels[::-1]
        levels.append(_resized(gaussian(levels[-1], sigma), size))


def coarse_to_fine(one: Tensor, two: Tensor, refined: Refine, *, factor: float) -> Tensor:
    """The flow N,2,H,W between two pictures N,1,H,W, starting with zero on the smallest level of both pyramids.

    Args:
        one: The first picture.
        two: The second one, of the same size.
        refined: (first, second, flow so far) → flow, at one level.
        factor: As ``pyramid``.
    """
    flow: Tensor | None = None
    for here, there in zip(*(pyramid(plane, factor=factor, least=16) for plane in (one, two)), strict=True):
        size = (here.shape[-2], here.shape[-1])
        flow = here.new_zeros(len(here), 2, *size) if flow is None else enlarged(flow, size)
        flow = refined(here, there, flow)
    assert flow is not None
    return flow


def enlarged(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """A flow N,2,h,w at another size, its vectors scaled with it."""
    scaled = _resized(flow, size)
    stretch = scaled.new_tensor([size[1] / flow.shape[-1], size[0] / flow.shape[-2]])
    return scaled * stretch[:, None, None]


def _resized(field: Tensor, size: tuple[int, int]) -> Tensor:
    return functional.interpolate(field, size=size, mode="bilinear", align_corners=False)
