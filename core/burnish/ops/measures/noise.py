"""The noise of a picture, estimated from the picture alone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32) / 6.0
"""Immerkær's difference of two Laplacians, blind to edges and ramps; white noise of σ keeps its σ."""
BLOCK = 16
"""Side in pixels of the blocks whose energy is measured."""
QUIET = 0.1
"""The quantile of blocks that is assumed to be free of texture."""
CORRECTION = 0.891
"""That quantile divided by σ, for pure noise (simulated: 512×512, white, Gaussian)."""
SATURATED = 0.05
"""A block with a larger part of its pixels at 0 or 1 is left out: clipped noise is too small."""
FEWEST = 8
"""With fewer blocks left, the saturated ones count too."""


def noise_sigma(pixels: Plane) -> float:
    """Standard deviation of white noise in [0, 1], the mean over channels.

    The picture is filtered with ``MASK``; in blocks of 16×16 the mean square of the answer is taken, and of all blocks
    the 10 % quantile, which lies among those without texture: ``σ = √(q₁₀(mean r²)) / 0.891``. Mask: Immerkær,
    doi:10.1006/cviu.1996.0060; choice of quiet blocks: after Pyatykh, Hesser, Zheng, doi:10.1109/TIP.2012.2221728.

    Noise that is correlated between neighbours (scaled, compressed, demosaicked pictures) reads too small; a picture
    that is fine texture all over reads too large.

    Args:
        pixels: H,W,C in [0, 1].

    Returns:
        In [0, 1]; 0: no noise, or a picture smaller than one block.
    """
    return float(np.mean([_of_plane(np.ascontiguousarray(pixels[:, :, c])) for c in range(pixels.shape[2])]))


def gradient_noise(noise: float, smoothing: float) -> float:
    """Variance of the squared gradient caused by white noise of σ ``noise``, after a Gaussian of σ ``smoothing``.

    Of the derivative in both directions together: ``noise² / (4π smoothing⁴)``.
    """
    return noise**2 / (4.0 * np.pi * smoothing**4)


def _of_plane(plane: Plane) -> float:
    answer = cv2.filter2D(plane, cv2.CV_32F, MASK)[1:-1, 1:-1]
    height, width = (side // BLOCK * BLOCK for side in answer.shape)
    if not height or not width:
        return 0.0
    energy = _block_means(np.square(answer[:height, :width]))
    inner = plane[1 : 1 + height, 1 : 1 + width]
    saturated = _block_means(((inner <= 0.0) | (inner >= 1.0)).astype(np.float32))
    open_blocks = energy[saturated <= SATURATED]
    chosen = open_blocks if open_blocks.size >= FEWEST else energy
    return float(np.sqrt(np.quantile(chosen, QUIET)) / CORRECTION)


def _block_means(plane: Plane) -> NDArray[np.float64]:
    blocks = plane.reshape(plane.shape[0] // BLOCK, BLOCK, plane.shape[1] // BLOCK, BLOCK)
    means: NDArray[np.float64] = blocks.mean(axis=(1, 3), dtype=np.float64).ravel()
    return means
