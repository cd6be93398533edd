"""Pictures as files, for tests that make datasets and spoil them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def save(path: Path, picture: Pixels, *, peak: int = 255) -> Path:
    """As a PNG of 8 or 16 bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = np.round(np.clip(picture, 0, 1) * peak).astype(np.uint8 if peak == 255 else np.uint16)
    assert cv2.imwrite(str(path), levels[:, :, ::-1] if levels.ndim == 3 else levels)
    return path


def load(path: Path) -> Pixels:
    """H,W,3 in [0, 1]."""
    return np.ascontiguousarray(cv2.imread(str(path), cv2.IMREAD_COLOR)[:, :, ::-1] / np.float32(255))


def noise(picture: Pixels, sigma: float, seed: int = 0) -> Pixels:
    """White Gaussian noise of σ of 255 added."""
    return (picture + np.random.default_rng(seed).normal(0, sigma / 255, picture.shape)).astype(np.float32)
