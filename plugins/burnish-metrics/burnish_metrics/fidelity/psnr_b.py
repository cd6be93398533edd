"""Peak signal-to-noise ratio that also penalizes the edges of blocks."""

from __future__ import annotations

import math

import numpy as np
import torch
from burnish.errors import EvaluationError
from numpy.typing import NDArray
from torch import Tensor

from burnish_metrics.convention import PEAK, Convention, Rounding, full_luma

BLOCK = 8
"""Side of JPEG's blocks in pixels."""


class PsnrB:
    """``10 log10(255² / (MSE + BEF))`` in dB of luma; BEF = η (D_B − D_C) where D_B > D_C, else 0.

    D_B is the mean squared difference of neighbours across the edges of 8×8 blocks of the estimate, D_C that of all
    other neighbours, η = log₂ 8 / log₂ min(H, W). As in the paper, neighbours across edges are taken to be 2·H·W/8 − 2,
    which is a few too many. Blocks begin at the picture's corner: nothing may be cut off there.

    Source: Yim, Bovik, doi:10.1109/TIP.2010.2060345.
    """

    def __init__(self, *, rounding: Rounding = "file", data_range: float = 1.0) -> None:
        self.convention = Convention(border=0, rounding=rounding, data_range=data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against the reference of that shape; float64 of N, in dB."""
        pairs = self.convention.pairs("metrics/psnr-b", estimate, reference)
        return torch.tensor([_score(full_luma(x), full_luma(y)) for x, y in pairs], dtype=torch.float64)


def _score(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if min(x.shape) <= BLOCK:
        raise EvaluationError(
            f"metrics/psnr-b: {x.shape[0]}×{x.shape[1]} does not contain two blocks of {BLOCK}×{BLOCK}; "
            "use larger pictures"
        )
    error = float(np.square(x - y).mean()) + blocking(x)
    return math.inf if error == 0.0 else 10.0 * math.log10(PEAK * PEAK / error)


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
