"""Photographs that ship with scikit-image, and what may befall them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


@pytest.fixture(scope="session")
def photographs() -> list[Pixels]:
    """Five photographs, H,W,3 in [0, 1]."""
    from skimage import data

    return [
        picture().astype(np.float32) / np.float32(255)
        for picture in (data.astronaut, data.coffee, data.chelsea, data.rocket)
    ]


@pytest.fixture
def noisy() -> Callable[[Pixels, float], Pixels]:
    """White Gaussian noise of σ, clipped and rounded to 8 bit as in a file."""

    def add(picture: Pixels, sigma: float) -> Pixels:
        made = picture + np.random.default_rng(0).normal(0.0, sigma, picture.shape)
        return (np.round(np.clip(made, 0, 1) * 255) / 255).astype(np.float32)

    return add


@pytest.fixture
def blurred() -> Callable[[Pixels, float], Pixels]:
    """Gaussian blur of σ pixels."""

    def blur(picture: Pixels, sigma: float) -> Pixels:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.float32) if sigma else picture

    return blur
