"""A picture as bands of about equal power, so that a network sees blurred detail as clearly as large contrasts."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["BANDS", "REACH", "bands"]

GAINS = (37.0, 35.0, 31.0)
"""Gains that give the bands of slightly blurred photographs a standard deviation of about one, finest first."""

LOW_GAIN = 5.0
"""The gain of the residual, about mid-grey."""

BANDS = len(GAINS) + 1
"""Number of bands for each channel."""

REACH = 2 * (2 ** len(GAINS) - 1)
"""Radius in pixels that a value of the coarsest band depends on."""

SPLINE = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


def bands(picture: Tensor) -> Tensor:
    """N,C,H,W in [0, 1] → N,4C,H,W: three wavelet planes, the finest first, and the residual, each times its gain.

    The transform is the undecimated one with B₃ splines ("à trous"): a plane is the difference of one smoothing and the
    next, whose taps lie twice as far apart; edges are repeated outwards. A photograph's power falls with the square of
    the frequency. In the picture itself what a blur took, and a network must find and give back, is a ripple of some
    thousandths on a tide of tenths; in these planes all are alike, and what keeps eight bits of each (bfloat16) keeps
    the ripple. Never computed in less than float32.

    Reference: J.-L. Starck, J. Fadili, F. Murtagh, doi:10.1109/TIP.2006.887733.
    """
    with torch.autocast(picture.device.type, enabled=False):
        finer: Tensor = picture if picture.dtype == torch.float64 else picture.float()
        planes = []
        for level, gain in enumerate(GAINS):
            smoother = _smoothed(finer, 2**level)
            planes.append(gain * (finer - smoother))
            finer = smoother
        return torch.cat([*planes, LOW_GAIN * (finer - 0.5)], dim=1)


def _smoothed(picture: Tensor, spacing: int) -> Tensor:
    """Rows and columns filtered with the spline, with ``spacing`` pixels between its taps."""
    channels, margin = picture.shape[1], 2 * spacing
    taps = torch.tensor(SPLINE, dtype=picture.dtype, device=picture.device)
    row, column = (taps.view(shape).expand(channels, 1, *shape[2:]) for shape in ((1, 1, 1, 5), (1, 1, 5, 1)))
    padded = functional.pad(picture, (margin, margin, margin, margin), mode="replicate")
    across = functional.conv2d(padded, row, groups=channels, dilation=(1, spacing))
    return functional.conv2d(across, column, groups=channels, dilation=(spacing, 1))
