"""The measures that need only pixels, and the part of a picture that they look at."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from burnish.ops.measures.blur import blur_width
from burnish.ops.measures.compression import GRID, blockiness
from burnish.ops.measures.noise import noise_sigma

SIDE = 1024
"""Pixels are looked at in a square of at most this side in the middle: bounded time, however large the picture."""
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""BT.601's weights, full range."""


def measure_pixels(pixels: NDArray[np.float32]) -> dict[str, float | None]:
    """The measures that need only pixels.

    ``noise``: σ in [0, 1], see ``noise_sigma``. ``blur``: σ in pixels, see ``blur_width``. ``blockiness``: see there.
    ``brightness``: mean of BT.601 luma Y = 0.299 R + 0.587 G + 0.114 B, in [0, 1]. ``contrast``: Y's standard
    deviation, in [0, 0.5].

    Args:
        pixels: H,W,1 or H,W,3 in [0, 1], cut at a multiple of 8 pixels.
    """
    luma = luma_of(pixels)
    noise = noise_sigma(pixels)
    luma_noise = noise * (1.0 if pixels.shape[2] == 1 else float(np.linalg.norm(LUMA)))
    return {
        "noise": noise,
        "blur": blur_width(luma, luma_noise),
        "blockiness": blockiness(luma),
        "brightness": float(luma.mean(dtype=np.float64)),
        "contrast": float(luma.std(dtype=np.float64)),
    }


def luma_of(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """BT.601 luma H,W of H,W,3; the channel itself of H,W,1."""
    return np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels @ LUMA)


S = TypeVar("S", bound=np.generic)


def central(pixels: NDArray[S], side: int) -> NDArray[S]:
    """The middle of H,W,C, at most ``side`` pixels high and wide, cut at multiples of 8 so that JPEG's grid stays."""
    top, left = (max(0, (length - side) // 2) // GRID * GRID for length in pixels.shape[:2])
    return pixels[top : top + side, left : left + side]
