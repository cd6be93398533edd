"""Motion deblurring by optical flow: the motion between two frames is also the line of the blur within one."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from burnish_optical_flow.deblurring.hyper_laplacian import HyperLaplacian, Pixels
from burnish_optical_flow.deblurring.motion_blur import MotionBlur
from burnish_optical_flow.estimators.by_name import make_estimator
from burnish_optical_flow.flow.consistency import consistency

NEIGHBOURS = 2
"""Frames after frame 0 from which the motion is estimated."""


class FlowDeblur:
    """Frame 0 of consecutive frames, deconvolved with the blur of its motion towards the next ones.

    The flow to the t-th next frame, over t, is the motion of a frame's interval; ``exposure`` times that is the motion
    while the shutter was open, another line at each pixel (``MotionBlur``), undone under a hyper-Laplacian prior.

    References: T. H. Kim, K. M. Lee, doi:10.1109/CVPR.2014.348 and doi:10.1109/CVPR.2015.7299181; D. Krishnan,
    R. Fergus, NIPS 2009.

    Args:
        exposure: The part of a frame's interval during which the shutter is open, the camera's duty cycle.
        estimator: Of the flow, by name; see ``estimators``.
        strength: μ of the prior; grows with the noise.
        exponent: α of the prior.
        iterations: Of the deconvolution.
        longest: Motion in pixels during the exposure to which longer ones are held.
    """

    def __init__(
        self,
        *,
        exposure: float = 0.5,
        estimator: str = "dis",
        strength: float = 0.0002,
        exponent: float = 0.8,
        iterations: int = 15,
        longest: float = 40.0,
    ) -> None:
        self.exposure = exposure
        self.estimator = make_estimator(estimator)
        self.deconvolve = HyperLaplacian(strength=strength, exponent=exponent, iterations=iterations)
        self.longest = longest

    def __call__(self, degraded: Tensor) -> Tensor:
        """N,T,C,H,W in [0, 1], consecutive → N,C,H,W, an estimate of frame 0; a single frame is returned unchanged."""
        with torch.autocast(degraded.device.type, enabled=False):
            return torch.stack([self._restored(burst.float()) for burst in degraded])

    def _restored(self, burst: Tensor) -> Tensor:
        """T,C,H,W → C,H,W."""
        if len(burst) == 1:
            return burst[0].clone()
        frames = [burst[t : t + 1] for t in range(min(len(burst), NEIGHBOURS + 1))]
        return self._sharp(frames[0], self._velocity(frames))[0]

    def _velocity(self, frames: list[Tensor]) -> Tensor:
        """Motion in pixels per frame, 1,2,H,W: the mean over the later frames, weighted by consistency."""
        total = torch.zeros_like(frames[0][:, :1])
        motion = torch.zeros_like(total).expand(-1, 2, -1, -1).clone()
        for t, frame in enumerate(frames[1:], start=1):
            forward, backward = self.estimator(frames[0], frame), self.estimator(frame, frames[0])
            trust = consistency(forward, backward).clamp_min(1e-3 / t)
            motion += trust * forward / t
            total += trust
        return motion / total

    def _sharp(self, frame: Tensor, velocity: Tensor) -> Tensor:
        """1,C,H,W deconvolved with the blur of that velocity."""
        motion = self.exposure * velocity
        length = motion.square().sum(1, keepdim=True).sqrt()
        motion = motion * (self.longest / length.clamp_min(self.longest))
        blur = MotionBlur(_array(motion))
        blurred = _array(frame)
        margin = ((blur.margin,) * 2,) * 2
        start = np.pad(blurred, (*margin, (0, 0)), mode="edge")
        latent = self.deconvolve(blur, blurred, start)[blur.margin : -blur.margin, blur.margin : -blur.margin]
        return torch.from_numpy(np.ascontiguousarray(latent.transpose(2, 0, 1)))[None].to(frame)


def _array(field: Tensor) -> Pixels:
    """1,C,H,W → H,W,C."""
    return np.ascontiguousarray(field[0].permute(1, 2, 0).cpu().numpy(), np.float32)
