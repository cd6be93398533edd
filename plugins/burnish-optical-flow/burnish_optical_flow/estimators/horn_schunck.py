"""Horn and Schunck's flow in its modern form: robust penalties, coarse-to-fine warping, medians between warps."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_optical_flow.estimators.brightness import brightness
from burnish_optical_flow.estimators.flow_system import FlowSystem
from burnish_optical_flow.estimators.pyramid import coarse_to_fine
from burnish_optical_flow.estimators.structure_texture import texture
from burnish_optical_flow.estimators.warped_steps import Linearized, warped_steps
from burnish_optical_flow.filtering import gaussian

EPSILON = 0.01
"""ε of the penalty, in pixels for the flow's differences and in brightness for the data term."""


class HornSchunck:
    """The flow w that minimizes Σ ρ(I₂(x + w) − I₁(x)) + λ Σ ρ(∂w), both pictures reduced to their texture.

    The generalised Charbonnier penalty ρ(z) = (z² + ε²)^a is dealt with by lagged weights ρ′(z)/z, the motion by
    warping: at each level of a pyramid, ``warps`` times, I₂ is warped by the flow so far, the data term made linear,
    ``reweightings`` linear systems solved, and the flow median filtered.

    References: B. Horn, B. Schunck, doi:10.1016/0004-3702(81)90024-2; D. Sun, S. Roth, M. Black, "A Quantitative
    Analysis of Current Practices in Optical Flow Estimation and the Principles behind Them",
    doi:10.1007/s11263-013-0644-x.

    Args:
        smoothness: λ, of pictures whose texture lies in [−1, 1].
        presmoothing: Standard deviation in pixels of the Gaussian that takes the noise off both pictures first.
        exponent: a; 1 is Horn and Schunck's quadratic, 0.5 Charbonnier's.
        warps: Warps at each level.
        factor: Side of a pyramid's level over that of the next finer one.
        reweightings: Linear systems for each warp.
        solver_iterations: Conjugate gradient steps for each system.
    """

    def __init__(
        self,
        *,
        smoothness: float = 0.005,
        presmoothing: float = 0.6,
        exponent: float = 0.5,
        warps: int = 6,
        factor: float = 0.6,
        reweightings: int = 2,
        solver_iterations: int = 20,
    ) -> None:
        self.smoothness = smoothness
        self.presmoothing = presmoothing
        self.exponent = exponent
        self.warps = warps
        self.factor = factor
        self.reweightings = reweightings
        self.solver_iterations = solver_iterations

    def __call__(self, first: Tensor, second: Tensor) -> Tensor:
        """N,C,H,W in [0, 1], twice → N,2,H,W in pixels: first(x) ≈ second(x + flow(x))."""
        one, two = (texture(gaussian(brightness(frame), self.presmoothing)) for frame in (first, second))
        return coarse_to_fine(one, two, warped_steps(self._step, count=self.warps), factor=self.factor)

    def _step(self, around: Linearized, flow: Tensor) -> Tensor:
        """The flow and its increment, about the one that minimises the energy whose data term is linear around it."""
        slope, change = around.slope, around.change
        x, y = slope[:, :1], slope[:, 1:]
        increment = torch.zeros_like(flow)
        for _ in range(self.reweightings):
            weight = around.known * self._weight((change + x * increment[:, :1] + y * increment[:, 1:]).square())
            total = flow + increment
            right = self.smoothness * self._weight((total[..., 1:] - total[..., :-1]).square().sum(1, keepdim=True))
            below = (total[..., 1:, :] - total[..., :-1, :]).square().sum(1, keepdim=True)
            down = self.smoothness * self._weight(below)
            system = FlowSystem(xx=weight * x * x, xy=weight * x * y, yy=weight * y * y, right=right, down=down)
            wanted = -system.smooth(flow) - weight * change * slope
            increment = system.solve(wanted, iterations=self.solver_iterations).clamp_(-1, 1)
        return flow + increment

    def _weight(self, square: Tensor) -> Tensor:
        """ρ′(z)/(2 a z) = (z² + ε²)^(a − 1), of z²."""
        return (square + EPSILON**2).pow_(self.exponent - 1)
