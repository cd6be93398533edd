"""Lucas and Kanade's flow at every pixel: robust windows, coarse-to-fine warping, filling by confidence."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_optical_flow.estimators.brightness import brightness
from burnish_optical_flow.estimators.pyramid import coarse_to_fine
from burnish_optical_flow.estimators.warped_steps import Linearized, warped_steps
from burnish_optical_flow.filtering import gaussian

PRESMOOTHING = 0.6
"""Standard deviation in pixels of the Gaussian that first removes the noise of both pictures."""
SPREAD = 3.0
"""Factor from the window to the surroundings from which a pixel without confidence takes its flow."""


class LucasKanade:
    """The flow w that, at each pixel, minimizes Σ g · r² over a Gaussian window g, r = I₂(x + w) − I₁(x).

    At each level of a pyramid, ``warps`` times: I₂ is warped by the flow so far, the structure tensor M = Σ g m ∇I ∇Iᵀ
    and b = Σ g m ∇I r are summed with robust weights m = 1/√(r² + ε²), and M d = −b solved. The confidence
    c = λ/(λ + τ), λ being M's smaller eigenvalue, says whether the window fixes both components (the aperture
    problem); d is damped by it, and the flow drawn towards the mean of its confident surroundings where c is small.
    Then the flow is median filtered.

    References: B. Lucas, T. Kanade, "An Iterative Image Registration Technique", IJCAI 1981; J.-Y. Bouguet,
    "Pyramidal Implementation of the Lucas Kanade Feature Tracker", 2000; J. Shi, C. Tomasi,
    doi:10.1109/CVPR.1994.323794 (the eigenvalue); T. Senst et al., doi:10.1109/TCSVT.2012.2202070 (robust weights).

    Args:
        window: Standard deviation in pixels of the Gaussian window.
        certainty: τ, in units of squared brightness a pixel over brightness.
        robustness: ε, in units of brightness.
        warps: Warps at each level.
        factor: Side of a pyramid's level over that of the next finer one.
    """

    def __init__(
        self,
        *,
        window: float = 2.0,
        certainty: float = 0.0005,
        robustness: float = 0.01,
        warps: int = 6,
        factor: float = 0.6,
    ) -> None:
        self.window = window
        self.certainty = certainty
        self.robustness = robustness
        self.warps = warps
        self.factor = factor

    def __call__(self, first: Tensor, second: Tensor) -> Tensor:
        """N,C,H,W in [0, 1], twice → N,2,H,W in pixels: first(x) ≈ second(x + flow(x))."""
        one, two = (gaussian(brightness(frame), PRESMOOTHING) for frame in (first, second))
        return coarse_to_fine(one, two, warped_steps(self._step, count=self.warps), factor=self.factor)

    def _step(self, around: Linearized, flow: Tensor) -> Tensor:
        """The next flow: the motion that remains is added, and filled in where no window fixes it."""
        motion, confidence = self._motion(around)
        return self._filled(flow + motion.clamp(-1, 1), confidence)

    def _motion(self, around: Linearized) -> tuple[Tensor, Tensor]:
        """The motion d that remains, N,2,H,W, and the confidence in it, N,1,H,W in [0, 1]."""
        change, x, y = around.change, around.slope[:, :1], around.slope[:, 1:]
        weight = around.known / torch.sqrt(change.square() + self.robustness**2)
        terms = torch.cat([x * x, x * y, y * y, x * change, y * change], dim=1) * weight
        xx, xy, yy, xt, yt = torch.split(gaussian(terms, self.window), 1, dim=1)
        smaller = 0.5 * (xx + yy) - torch.sqrt(0.25 * (xx - yy).square() + xy.square())
        confidence = smaller.clamp_min(0) / (smaller.clamp_min(0) + self.certainty)
        xx, yy = xx + self.certainty, yy + self.certainty
        determinant = xx * yy - xy * xy
        motion = torch.cat([xy * yt - yy * xt, xy * xt - xx * yt], dim=1) / determinant
        return motion, confidence

    def _filled(self, flow: Tensor, confidence: Tensor) -> Tensor:
        """Each pixel's flow, mixed with the confidence-weighted mean around it, the more the lower its confidence."""
        sums = gaussian(torch.cat([flow * confidence, confidence], dim=1), SPREAD * self.window)
        around = sums[:, :2] / sums[:, 2:].clamp_min(1e-6)
        around = torch.where(sums[:, 2:] > 1e-6, around, flow)
        return confidence * flow + (1 - confidence) * around
