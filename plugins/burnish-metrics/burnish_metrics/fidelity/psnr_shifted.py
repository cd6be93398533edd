"""Peak signal-to-noise ratio at the best shift, for blind deblurring."""

from __future__ import annotations

from burnish_metrics.convention import Array, Rounding
from burnish_metrics.fidelity.pair_metric import PairMetric
from burnish_metrics.fidelity.psnr import decibels
from burnish_metrics.fidelity.shifting import least_error


class PsnrShifted(PairMetric):
    """``10 log10(255² / MSE)`` in dB, the least over shifts of at most 5 pixels, 15 pixels inside the reference.

    ``step`` 1 shifts by whole pixels; ¼, as Levin's code does, also between them by linear interpolation, which smooths
    the estimate. Never below PSNR with a border of 15.

    Source: Levin, Weiss, Durand, Freeman, doi:10.1109/CVPR.2009.5206815.
    """

    name = "metrics/psnr-shifted"

    def __init__(self, *, step: float = 1.0, rounding: Rounding = "file", data_range: float = 1.0) -> None:
        super().__init__(border=0, rounding=rounding, data_range=data_range)
        self.step = step

    def score(self, x: Array, y: Array) -> float:
        """In dB."""
        return decibels(least_error(self.name, x, y, self.step))
