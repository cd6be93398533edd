"""Disks are anti-aliased by the exact area that they cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from burnish_degradations.blur.defocus_blur import DefocusBlur, disk_kernel
from hypothesis import example, given
from hypothesis import strategies as st


@pytest.mark.parametrize("radius", [0.3, 0.5, 1.0, 2.37, 5.0])
def test_weights_are_the_covered_areas(radius: float) -> None:
    side, fine = 13, 400
    place = (np.arange(side * fine) + 0.5) / fine - side / 2
    inside = (place[:, None] ** 2 + place**2 <= radius**2).reshape(side, fine, side, fine)
    areas = inside.mean(axis=(1, 3))
    assert np.abs(disk_kernel(side, radius) * math.pi * radius**2 - areas).max() < 2e-3


@given(radius=st.floats(0.05, 6.0))
@example(radius=2.7969803302152485)
@example(radius=4.649111024904332)
def test_variance_is_that_of_a_disk_plus_that_of_the_pixels(radius: float) -> None:
    kernel = disk_kernel(13, radius)
    place = np.arange(13) - 6.0
    wholly_inside = math.pi * radius**2 * kernel[6, 6]
    assert kernel.min() >= 0
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
    assert np.allclose(kernel, kernel.T, atol=1e-12)
    assert np.allclose(kernel, kernel[::-1], atol=1e-12)
    if radius >= math.sqrt(0.5):
        assert wholly_inside == pytest.approx(1, abs=1e-9)
    if radius > 3:
        assert (kernel.sum(axis=0) * place**2).sum() == pytest.approx(radius**2 / 4 + 1 / 12, rel=0.02)


def test_a_disk_within_one_pixel_is_no_blur() -> None:
    clean = torch.rand(1, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    made = DefocusBlur(radius=[0.0, 0.5])(clean, torch.Generator().manual_seed(0))
    assert made.conditions["kernel"].shape == (1, 1, 1)
    assert torch.equal(made.degraded, clean)


def test_the_kernel_holds_the_largest_disk() -> None:
    for radius in (1.5, 1.6, 2.5, 4.9):
        blur = DefocusBlur(radius=radius)
        wider = disk_kernel(blur.side + 4, radius)
        assert np.abs(np.pad(disk_kernel(blur.side, radius), 2) - wider).max() < 1e-12
