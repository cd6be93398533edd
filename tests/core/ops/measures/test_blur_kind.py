"""Blurred photographs tell what blurred them: kind, size and direction; sharp ones tell of no blur."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from burnish.ops.measures.blur_kind import SIDE, Blur, blur_kind
from burnish.ops.measures.noise import noise_sigma
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def disk(radius: float) -> Pixels:
    reach = math.ceil(radius + 1)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)


def motion(length: float, angle: float, fine: int = 8) -> Pixels:
    """A straight line drawn eight times finer, then averaged."""
    side = 2 * math.ceil(length / 2 + 2) + 1
    kernel, middle = np.zeros((side * fine, side * fine)), side * fine / 2
    for place in np.linspace(-length / 2, length / 2, 2000) * fine:
        y, x = middle - place * math.sin(math.radians(angle)), middle + place * math.cos(math.radians(angle))
        kernel[int(y), int(x)] += 1
    return (kernel.reshape(side, fine, side, fine).sum(axis=(1, 3)) / kernel.sum()).astype(np.float32)


def luma(picture: Pixels) -> Pixels:
    return np.ascontiguousarray(picture @ np.array([0.299, 0.587, 0.114], np.float32))


def read(picture: Pixels, noise: float) -> Blur:
    """Of a luma in 8 bit with that noise, in levels."""
    noisy = picture * 255 + np.random.default_rng(4).normal(0, noise, picture.shape)
    stored = (noisy.round().clip(0, 255) / 255).astype(np.float32)
    found = blur_kind(stored, noise_sigma(stored[:, :, None]))
    assert found is not None
    return found


def median_spread(pictures: list[Pixels], blur: Callable[[Pixels], Pixels], noise: float = 0) -> float:
    return float(np.median([read(blur(luma(picture)), noise).spread for picture in pictures]))


@pytest.mark.parametrize("noise", [0, 3])
def test_sharp_photographs_have_no_blur(photographs: list[Pixels], noise: float) -> None:
    assert [read(luma(picture), noise).kind for picture in photographs].count("none") >= 0.9 * len(photographs)


@pytest.mark.parametrize("noise", [0, 5])
@pytest.mark.parametrize("sigma", [1.5, 3.0])
def test_the_width_of_a_gaussian_is_read_within_15_percent(
    photographs: list[Pixels], sigma: float, noise: float
) -> None:
    spread = median_spread(photographs, lambda picture: cv2.GaussianBlur(picture, (0, 0), sigma), noise)
    assert spread == pytest.approx(sigma, rel=0.15)


@pytest.mark.parametrize("noise", [0, 5])
@pytest.mark.parametrize("radius", [3.0, 6.0])
def test_the_radius_of_a_lens_out_of_focus_is_read(photographs: list[Pixels], radius: float, noise: float) -> None:
    found = [read(cv2.filter2D(luma(picture), -1, disk(radius)), noise) for picture in photographs]
    right = [one for one in found if one.kind == "disk" and abs(one.size / radius - 1) < 0.1]
    assert len(right) >= 0.7 * len(found)


@pytest.mark.parametrize(("length", "angle", "noise"), [(9, 30, 0), (15, 77, 5), (25, 120, 2), (12, 0, 2)])
def test_length_and_direction_of_a_motion_are_read(
    photographs: list[Pixels], length: float, angle: float, noise: float
) -> None:
    found = [read(cv2.filter2D(luma(picture), -1, motion(length, angle)), noise) for picture in photographs]
    turned = [abs((one.angle - angle + 90) % 180 - 90) for one in found]
    right = [
        one
        for one, turn in zip(found, turned, strict=True)
        if one.kind == "motion" and turn < 8 and abs(one.size / length - 1) < 0.15
    ]
    assert len(right) >= 0.7 * len(found)


def test_a_flat_or_small_picture_says_nothing() -> None:
    assert blur_kind(np.full((256, 256), 0.5, np.float32), 0.0) is None
    assert blur_kind(np.zeros((SIDE - 1, 400), np.float32), 0.0) is None
