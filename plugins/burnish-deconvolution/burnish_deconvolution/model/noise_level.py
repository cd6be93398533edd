"""The noise's standard deviation, estimated from the picture itself."""

from __future__ import annotations

import torch
from torch import Tensor

_ENOUGH = 1 << 18
"""Number of differences that are used; more do not improve the estimate."""


def noise_level(degraded: Tensor) -> Tensor:
    """σ of each picture, N,1,1,1, from N,C,H,W: the median magnitude of the diagonal Haar details over 0.6745.

    Blurred pictures have next to no details of their own there. 0 for pictures of a single row or column.

    Reference: D. L. Donoho, I. M. Johnstone, doi:10.1093/biomet/81.3.425.
    """
    with torch.no_grad():
        above, below = degraded[..., :-1, :], degraded[..., 1:, :]
        details = 0.5 * (above[..., :-1] - above[..., 1:] - below[..., :-1] + below[..., 1:]).flatten(1).abs()
        if details.shape[1] == 0:
            return degraded.new_zeros(len(degraded), 1, 1, 1)
        sample = details[:, :: max(details.shape[1] // _ENOUGH, 1)]
        return (sample.median(dim=1).values / 0.6745).reshape(-1, 1, 1, 1)
