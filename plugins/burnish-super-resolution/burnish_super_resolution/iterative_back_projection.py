"""Iterative back-projection: the estimate is corrected by its residual in every frame."""

from __future__ import annotations

from typing import Literal

import torch
from burnish.ops.alignment import align
from burnish.ops.resampling import resize
from torch import Tensor

from burnish_super_resolution.downscaled_views import FinePicture, View

MARGIN = 8
"""Pixels beyond the fine picture's border that frames may use."""

DOUBTFUL = 4.0
"""Number of standard deviations at which a residual counts half."""

LEAST_DEVIATION = 3.0 / 255
"""Least standard deviation taken for differences, in [0, 1]: without noise most are next to nothing, and those at
edges, which the first rounds have yet to explain, must not pass for wild ones."""


class IterativeBackProjection:
    """xₙ₊₁ = xₙ + step · mean over the frames of Bₜ w(yₜ − Dₜ xₙ), from the bicubic enlargement of frame 0 on.

    Dₜ displaces the fine picture by frame t's motion and makes it smaller by MATLAB's antialiased bicubic (see
    ``downscaled_views``); Bₜ, its transpose, spreads what is left unexplained over the pixels that it came from, as a
    mean by their weights. With ``robust`` fusion a difference e counts w(e) = e/(1 + (e/4d)²), d being the robust
    deviation (from the median, at least 3/255) of all: what moved in a frame, or was misregistered, is left out.
    ``mean`` takes all as they are, w(e) = e. One frame gives single-picture back-projection, always of the plain kind.

    Motion (shift, turn, zoom of the whole frame) and exposure are found by robust sub-pixel registration. Noise is not
    modelled: fewer ``iterations`` follow it less.

    References: M. Irani, S. Peleg, "Improving resolution by image registration", doi:10.1016/1049-9652(91)90045-L. Its
    robust kind, A. Zomet, A. Rav-Acha, S. Peleg, "Robust super-resolution", doi:10.1109/CVPR.2001.990535, takes the
    median of the frames' corrections; with few frames that one drifts away after some iterations, these weights do not.
    """

    def __init__(
        self, *, scale: int = 2, iterations: int = 15, step: float = 1.0, fusion: Literal["robust", "mean"] = "robust"
    ) -> None:
        self.scale, self.iterations, self.step, self.fusion = scale, iterations, step, fusion

    def __call__(self, degraded: Tensor) -> Tensor:
        """N,T,C,H,W → N,C,sH,sW, not clipped; frame 0 is the reference."""
        return torch.stack([self._enlarge(frames.float()) for frames in degraded])

    def _enlarge(self, frames: Tensor) -> Tensor:
        frames, flows = registered(frames)
        estimate = resize(frames[:1], float(self.scale))[0]
        _, height, width = estimate.shape
        fine = FinePicture(height, width, self.scale, MARGIN * self.scale)
        views = [View(flow, fine) for flow in flows]
        inside = torch.stack([view.inside for view in views])
        share = _spread(inside, views, fine).clamp_min(0.1 / self.scale**2)
        pixels = frames.flatten(2).transpose(1, 2)
        for _ in range(self.iterations):
            smoothed = fine.smoothed(estimate)
            missing = (pixels - torch.stack([view.seen(smoothed) for view in views])).mul_(inside)
            if self.fusion == "robust" and len(frames) > 1:
                missing = doubted(missing)
            estimate = estimate + self.step * _spread(missing, views, fine) / share
        return estimate


def registered(frames: Tensor) -> tuple[Tensor, Tensor]:
    """T,C,H,W → the frames, exposed like frame 0, and flows T,2,H,W with ``frame(q) ≈ reference(q + flow(q))``."""
    still = torch.zeros_like(frames[:1, :1]).expand(-1, 2, -1, -1)
    if len(frames) == 1:
        return frames, still
    flow, gain = align(frames[1:], frames[:1].expand(len(frames) - 1, -1, -1, -1), local_levels=0)
    return torch.cat([frames[:1], frames[1:] / gain[:, None, None, None]]), torch.cat([still, flow])


def doubted(differences: Tensor) -> Tensor:
    """e/(1 + (e/4d)²), the influence function of Cauchy's distribution, with d = 1.4826 · median |e|."""
    deviation = (1.4826 * differences.abs().median()).clamp_min(LEAST_DEVIATION)
    return differences / (differences / (DOUBTFUL * deviation)).square_().add_(1.0)


def _spread(pixels: Tensor, views: list[View], fine: FinePicture) -> Tensor:
    """The sum of the back-projections, C,H,W, of T frames' rows of C."""
    total = pixels.new_zeros(fine.padded[0] * fine.padded[1], pixels.shape[2])
    for part, view in zip(pixels, views, strict=True):
        view.spread(part, total)
    return fine.smoothed_back(total)
