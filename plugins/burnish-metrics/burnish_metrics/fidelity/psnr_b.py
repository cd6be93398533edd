"""Peak signal-to-noise ratio that also penalizes the edges of blocks."""

from __future__ import annotations

import math

import numpy as np
from burnish.errors import EvaluationError
from numpy.typing import NDArray

from burnish_metrics.convention import Array, Rounding, full_luma
from burnish_metrics.fidelity.pair_metric import PairMetric
from burnish_metrics.fidelity.psnr import decibels

BLOCK = 8
"""Side of JPEG's blocks in pixels."""


class PsnrB(PairMetric):
    """``10 log10(255² / (MSE + BEF))`` in dB of luma; BEF = η (D_B − D_C) where D_B > D_C, else 0.

    D_B is the mean squared difference of neighbours across the edges of 8×8 blocks of the estimate, D_C that of all
    other neighbours, η = log₂ 8 / log₂ min(H, W). As in the paper, neighbours across edges are taken to be 2·H·W/8 − 2,
    which is a few too many. Blocks begin at the picture's corner: nothing may be cut off there.

    Source: Yim, Bovik, doi:10.1109/TIP.2010.2060345.
    """

    name = "metrics/psnr-b"

    def __init__(self, *, rounding: Rounding = "file", data_range: float = 1.0) -> None:
        super().__init__(border=0, rounding=rounding, data_range=data_range)

    def score(self, x: Array, y: Array) -> float:
        """In dB."""
        if min(x.shape[:2]) <= BLOCK:
            raise EvaluationError(
                f"{self.name}: {x.shape[0]}×{x.shape[1]} does not contain two blocks of {BLOCK}×{BLOCK}; "
                "use larger pictures"
            )
        estimate, reference = full_luma(x), full_luma(y)
        return decibels(float(np.square(estimate - reference).mean()) + blocking(estimate))


def blocking(luma: NDArray[np.float64]) -> float:
    """The blocking effect factor of H,W in 0..255, in squared levels."""
    height, width = luma.shape
    edges = others = 0.0
    for along in (luma, luma.T):
        steps = np.square(np.diff(along, axis=1)).sum(axis=0)
        at_edge = np.arange(1, len(steps) + 1) % BLOCK == 0
        edges += float(steps[at_edge].sum())
        others += float(steps[~at_edge].sum())
    at_edges = 2.0 * height * width / BLOCK - 2.0
    elsewhere = height * (width - 1) + width * (height - 1) - at_edges
    excess: float = max(edges / at_edges - others / elsewhere, 0.0)
    return excess * math.log2(BLOCK) / math.log2(min(height, width))
