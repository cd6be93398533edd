"""A sharp picture from a burst of shaken ones: aligned by optical flow, fused by weighted Fourier accumulation."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_optical_flow.bursts.alignment import aligned
from burnish_optical_flow.bursts.finishing import SHARPEN, finisher
from burnish_optical_flow.bursts.fourier_burst import accumulate
from burnish_optical_flow.bursts.sharpening import sharpened
from burnish_optical_flow.estimators.by_name import make_estimator

LEAST_WINDOW = 16
"""Least side of the windows in pixels, also for small pictures."""


class BurstFusion:
    """Aligns frames 1… to frame 0; at each frequency, the frames least blurred there count most.

    No kernel is estimated and nothing is inverted, so that there is nothing to ring: what no frame kept stays lost to
    the fusion. The fused picture is as if blurred by a small round kernel, which ``finish`` undoes.
    Alignment and fusion go frame by frame and window by window; besides the burst, memory holds it once more, aligned.

    Reference: M. Delbracio, G. Sapiro, doi:10.1109/CVPR.2015.7298852 and doi:10.1109/TCI.2015.2501245.

    Args:
        align: Whether to align; False for bursts that are registered or were taken from a tripod.
        estimator: Of the flow, by name; see ``estimators``.
        shrink: How many times smaller the pictures are on which the flow is estimated.
        exponent: p of the weights; 0 averages the frames, a large one takes the sharpest at each frequency.
        window: Side of the windows in pixels, even.
        finish: What the fused picture is finished with: ``sharpen``, or a restorer of slight blur by id, id:weights or
            bundle.
        sharpen: How much the result is sharpened, where nothing else finishes it; 0: not.
        radius: Standard deviation in pixels of the Gaussian that sharpening is relative to.
    """

    def __init__(
        self,
        *,
        align: bool = True,
        estimator: str = "dis",
        shrink: int = 2,
        exponent: float = 11.0,
        window: int = 256,
        finish: str = SHARPEN,
        sharpen: float = 1.0,
        radius: float = 1.5,
    ) -> None:
        self.estimator = make_estimator(estimator) if align else None
        self.shrink = shrink
        self.exponent = exponent
        self.window = window
        self.finish = finisher(finish)
        self.sharpen = sharpen
        self.radius = radius

    def __call__(self, degraded: Tensor) -> Tensor:
        """N,T,C,H,W in [0, 1] → N,C,H,W, an estimate of frame 0."""
        with torch.autocast(degraded.device.type, enabled=False):
            return torch.stack([self._fuse(burst.float()) for burst in degraded])

    def _fuse(self, burst: Tensor) -> Tensor:
        """T,C,H,W → C,H,W."""
        frames = [burst[0], *(self._placed(burst[:1], burst[t : t + 1])[0] for t in range(1, len(burst)))]
        longest = max(burst.shape[-2:])
        window = min(self.window, max(LEAST_WINDOW, longest + longest % 2))
        fused = accumulate(frames, exponent=self.exponent, window=window)
        if self.finish is not None:
            return self.finish(fused)
        return sharpened(fused, amount=self.sharpen, radius=self.radius)

    def _placed(self, reference: Tensor, frame: Tensor) -> Tensor:
        if self.estimator is None:
            return frame
        return aligned(reference, frame, self.estimator, shrink=self.shrink)
