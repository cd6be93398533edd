"""Enlarging by MATLAB's bicubic ``imresize``: the baseline of every super-resolution table."""

from __future__ import annotations

from burnish.ops.resampling import resize
from torch import Tensor


class Bicubic:
    """Cubic convolution with a = −0.5, half-pixel centres, mirrored borders, computed in float64.

    Reference: R. Keys, "Cubic convolution interpolation for digital image processing", doi:10.1109/TASSP.1981.1163711.
    """

    receptive_field = 5
    """An output pixel depends on 4 × 4 input pixels, all within 2 of the pixel that contains it."""

    def __init__(self, *, scale: int = 2) -> None:
        self.scale = scale

    def __call__(self, degraded: Tensor) -> Tensor:
        """N,C,H,W → N,C,sH,sW, not clipped."""
        return resize(degraded, float(self.scale))
