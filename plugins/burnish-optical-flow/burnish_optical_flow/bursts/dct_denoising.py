"""Denoising by thresholding the cosine transform of every patch: fast, and sufficient before sharpening."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

PATCH = 8
"""Side of the patches in pixels."""
STRIDE = 2
"""Pixels from patch to patch."""
THRESHOLD = 3.0
"""Coefficients smaller than this number of σ count as noise."""
STRIP = 256
"""Rows that are transformed at a time."""


def dct_denoise(picture: Tensor, sigma: float) -> Tensor:
    """Set all small coefficients of the 8×8 DCT except the mean to 0, and average the overlapping patches.

    Reference: G. Yu, G. Sapiro, "DCT Image Denoising", doi:10.5201/ipol.2011.ys-dct.

    Args:
        picture: C,H,W.
        sigma: Standard deviation of the noise, in the picture's units; 0 changes nothing.
    """
    if sigma <= 0:
        return picture.clone()
    height, width = picture.shape[-2:]
    margin = PATCH
    right, bottom = (margin + -side % STRIDE for side in (width, height))
    padded = functional.pad(picture[:, None], (margin, right, margin, bottom), mode="replicate")
    estimate = torch.empty_like(padded)
    for top in range(margin, margin + height, STRIP):
        first, last = top - margin, min(top + STRIP + margin, padded.shape[-2])
        piece = _thresholded(padded[..., first:last, :], THRESHOLD * sigma)
        stop = min(top + STRIP, last)
        estimate[..., top:stop, :] = piece[..., margin : margin + stop - top, :]
    return estimate[:, 0, margin : margin + height, margin : margin + width]


def noise_level(picture: Tensor) -> float:
    """σ of white noise in a picture C,H,W: the median magnitude of its finest diagonal details over 0.6745.

    Reference: D. Donoho, I. Johnstone, doi:10.1093/biomet/81.3.425 (in Haar's basis).
    """
    even = picture[..., : picture.shape[-2] // 2 * 2, : picture.shape[-1] // 2 * 2]
    rows = even[..., ::2, :] - even[..., 1::2, :]
    details = 0.5 * (rows[..., ::2] - rows[..., 1::2])
    return float(details.abs().median() / 0.6745) if details.numel() else 0.0


def cosine_basis(side: int) -> Tensor:
    """The orthonormal DCT-II, side,side: one basis function a row."""
    k = torch.arange(side, dtype=torch.float64)
    basis = torch.cos(math.pi * (2 * k + 1) * k[:, None] / (2 * side)) * math.sqrt(2 / side)
    basis[0] /= math.sqrt(2)
    return basis


def _thresholded(planes: Tensor, threshold: float) -> Tensor:
    """B,1,h,w → the same, as averages of patches without small coefficients."""
    basis = cosine_basis(PATCH)
    filters = torch.einsum("ki,lj->klij", basis, basis).reshape(-1, 1, PATCH, PATCH).to(planes)
    coefficients = functional.conv2d(planes, filters, stride=STRIDE)
    mean = coefficients[:, :1].clone()
    coefficients = torch.where(coefficients.abs() >= threshold, coefficients, 0.0)
    coefficients[:, :1] = mean
    size = [planes.shape[-2] - PATCH, planes.shape[-1] - PATCH]
    left_over = [side % STRIDE for side in size]
    total = functional.conv_transpose2d(coefficients, filters, stride=STRIDE, output_padding=left_over)
    ones = torch.ones_like(coefficients[:1, :1])
    box = torch.ones_like(filters[:1])
    count = functional.conv_transpose2d(ones, box, stride=STRIDE, output_padding=left_over)
    return total / count.clamp_min(1)
