"""Peak signal-to-noise ratio at the best shift, for blind deblurring."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from burnish_metrics.convention import PEAK, Convention, Rounding
from burnish_metrics.fidelity.shifting import least_error


class PsnrShifted:
    """``10 log10(255² / MSE)`` in dB, best over shifts of at most 5 pixels, 15 pixels inside the reference.

    ``step`` 1 shifts by whole pixels; ¼, as Levin's code does, also between them by linear interpolation, which smooths
    the estimate. Never below PSNR with a border of 15.

    Source: Levin, Weiss, Durand, Freeman, doi:10.1109/CVPR.2009.5206815.
    """

    def __init__(self, *, step: float = 1.0, rounding: Rounding = "file", data_range: float = 1.0) -> None:
        self.step = step
        self.convention = Convention(border=0, rounding=rounding, data_range=data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against the reference of that shape; float64 of N, in dB."""
        pairs = self.convention.pairs("metrics/psnr-shifted", estimate, reference)
        errors = (least_error("metrics/psnr-shifted", x, y, self.step) for x, y in pairs)
        return torch.tensor(
            [math.inf if error == 0.0 else 10.0 * math.log10(PEAK * PEAK / error) for error in errors],
            dtype=torch.float64,
        )
