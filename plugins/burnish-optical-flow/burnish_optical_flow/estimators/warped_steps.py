"""The steps at one level of the pyramid: warp the second picture by the flow so far, improve the flow, filter it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from burnish_optical_flow.estimators.pyramid import Refine
from burnish_optical_flow.filtering import derivatives, median
from burnish_optical_flow.flow.warping import inside, warp

DERIVATIVE_SHARE = 0.5
"""How much of the spatial derivative is the first picture's; the rest is the warped second's."""


@dataclass(frozen=True, kw_only=True)
class Linearized:
    """The pictures' difference, linear around the flow w so far: I₂(x + w + d) − I₁(x) ≈ ``change`` + ``slope`` · d."""

    slope: Tensor
    """N,2,H,W: brightness per pixel, along x and y."""
    change: Tensor
    """N,1,H,W: I₂(x + w) − I₁(x)."""
    known: Tensor
    """N,1,H,W: 1 where x + w is inside the second picture, else 0."""


Step = Callable[[Linearized, Tensor], Tensor]
"""(the difference around the flow so far, the flow so far) → the next flow, N,2,H,W."""


def warped_steps(step: Step, *, count: int) -> Refine:
    """The refinement of a flow at one level: ``count`` times a warp, a step, and a median over 5×5 pixels.

    Between pictures with fewer than 5 rows or columns the median is over 3×3. Derivatives are those of both pictures,
    mixed, as by D. Sun, S. Roth, M. Black, doi:10.1007/s11263-013-0644-x.
    """

    def refined(one: Tensor, two: Tensor, flow: Tensor) -> Tensor:
        gradients = torch.cat([two, *derivatives(two)], dim=1)
        own = torch.cat(derivatives(one), dim=1)
        side = 5 if min(one.shape[-2:]) >= 5 else 3
        for _ in range(count):
            warped = warp(gradients, flow)
            around = Linearized(
                slope=DERIVATIVE_SHARE * own + (1 - DERIVATIVE_SHARE) * warped[:, 1:],
                change=warped[:, :1] - one,
                known=inside(flow).to(one),
            )
            flow = median(step(around, flow), side)
        return flow

    return refined
