"""The 36 numbers with which NIQE describes a block of a picture: the distribution of contrast-normalized values."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from burnish.ops.resampling import resize
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WINDOW: Floats = cv2.getGaussianKernel(7, 7.0 / 6.0, cv2.CV_64F)
"""Gaussian window of the local mean and deviation, 7×1."""

NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns to the neighbour with which a value is multiplied: right, below, and along both diagonals."""

SHAPES: Floats = np.arange(0.2, 10.001, 0.001)
"""The candidates for the generalized Gaussian's exponent."""


def _ratio(shape: float) -> float:
    """(E|x|)² / E x² of a generalised Gaussian, Γ(2/γ)² / (Γ(1/γ) Γ(3/γ)); grows with γ."""
    return math.exp(2.0 * math.lgamma(2.0 / shape) - math.lgamma(1.0 / shape) - math.lgamma(3.0 / shape))


RATIOS: Floats = np.array([_ratio(shape) for shape in SHAPES])


def features(luma: Floats, block: int, stride: int | None = None) -> tuple[Floats, Floats]:
    """Describe every block of a picture.

    Args:
        luma: H,W in 0..255.
        block: Side of the blocks in pixels, even; what is left over at the right and the bottom is not used.
        stride: Distance of blocks, even; as ``block`` where it is not given.

    Returns:
        B × 36 features (18 of each of two scales, the second half as large), and the B blocks' sharpness: their mean
        local deviation at the first scale.
    """
    stride = stride or block
    height, width = ((side - block) // stride * stride + block for side in luma.shape)
    luma = luma[:height, :width]
    described, sharpness = [], np.zeros(0)
    for scale in (1, 2):
        if scale == 2:
            luma = resize(torch.from_numpy(luma)[None, None], 0.5)[0, 0].numpy()
        normalised, deviation = contrast_normalised(luma)
        side, step = block // scale, stride // scale
        described.append(_block_features(_blocks(normalised, side, step)))
        if scale == 1:
            sharpness = _blocks(deviation, side, step).mean(axis=(1, 2))
    return np.concatenate(described, axis=1), sharpness


def contrast_normalised(luma: Floats) -> tuple[Floats, Floats]:
    """(x − μ)/(σ + 1) and σ: μ, σ the local mean and deviation under a 7×7 Gaussian, borders repeated."""
    mean = _smoothed(luma)
    deviation = np.sqrt(np.abs(_smoothed(luma * luma) - mean * mean))
    return (luma - mean) / (deviation + 1.0), deviation


def _smoothed(picture: Floats) -> Floats:
    smooth: Floats = cv2.sepFilter2D(picture, -1, WINDOW, WINDOW, borderType=cv2.BORDER_REPLICATE)
    return smooth


def _blocks(picture: Floats, side: int, step: int) -> Floats:
    """B × side × side."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (side, side))[::step, ::step]
    return windows.reshape(-1, side, side)


def _block_features(blocks: Floats) -> Floats:
    """B × 18: shape and spread of the values; shape, mean and both spreads of each product with a neighbour."""
    shape, left, right = asymmetric_gaussian(blocks.reshape(len(blocks), -1))
    found = [shape, (left + right) / 2.0]
    for down, across in NEIGHBOURS:
        product = blocks * np.roll(blocks, (down, across), axis=(1, 2))
        shape, left, right = asymmetric_gaussian(product.reshape(len(blocks), -1))
        log_gamma = [np.array([math.lgamma(order / each) for each in shape]) for order in (1.0, 2.0)]
        found += [shape, (right - left) * np.exp(log_gamma[1] - log_gamma[0]), left, right]
    return np.stack(found, axis=1)


def asymmetric_gaussian(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit ∝ exp(−(−x/βₗ)^γ) for x < 0 and ∝ exp(−(x/βᵣ)^γ) else to each row, by moments.

    Args:
        values: B × M.

    Returns:
        γ, βₗ, βᵣ of every row. Source: Lasmar, Stitou, Berthoumieu, doi:10.1109/ICIP.2009.5414240.
    """
    tiny = np.finfo(np.float64).tiny
    below, above = values < 0.0, values > 0.0
    squares = np.square(values)
    left = np.sqrt((squares * below).sum(axis=1) / np.maximum(below.sum(axis=1), 1))
    right = np.sqrt((squares * above).sum(axis=1) / np.maximum(above.sum(axis=1), 1))
    skew = np.maximum(left, tiny) / np.maximum(right, tiny)
    spread = np.square(np.abs(values).mean(axis=1)) / np.maximum(squares.mean(axis=1), tiny)
    wanted = spread * (skew**3 + 1.0) * (skew + 1.0) / np.square(skew**2 + 1.0)
    place = np.clip(np.searchsorted(RATIOS, wanted), 1, len(RATIOS) - 1)
    nearer = place - (wanted - RATIOS[place - 1] < RATIOS[place] - wanted)
    shape = SHAPES[nearer]
    scale = np.array([math.exp((math.lgamma(1.0 / each) - math.lgamma(3.0 / each)) / 2.0) for each in shape])
    return shape, left * scale, right * scale
