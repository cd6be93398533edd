"""The shift of a noisy picture is found to a small part of a pixel, and the standard error says how small."""

from __future__ import annotations

import numpy as np
import pytest
from burnish.data.checking.analysis.registration import find_shift
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
SHRINK = 4


def reduced(picture: Pixels) -> Pixels:
    """The mean of 4×4 pixels: a shift by one pixel before is one by a quarter after, exactly."""
    height, width = (side // SHRINK * SHRINK for side in picture.shape)
    cells = picture[:height, :width].reshape(height // SHRINK, SHRINK, width // SHRINK, SHRINK)
    return np.ascontiguousarray(cells.mean(axis=(1, 3), dtype=np.float64).astype(np.float32))


def pair(photograph: Pixels, right: int, down: int) -> tuple[Pixels, Pixels]:
    """Two parts of a photograph, reduced; the content of the second lies by so many quarters of a pixel further."""
    grey, margin = photograph.mean(axis=2), 20
    height, width = grey.shape
    first = grey[margin : height - margin, margin : width - margin]
    second = grey[margin - down : height - margin - down, margin - right : width - margin - right]
    return reduced(first), reduced(second)


def as_file(picture: Pixels, sigma: float, rng: np.random.Generator) -> Pixels:
    made = 0.8 * picture + 0.05 + rng.normal(0, sigma / 255, picture.shape)
    return (np.round(np.clip(made, 0, 1) * 255) / 255).astype(np.float32)


@pytest.mark.parametrize(("sigma", "bound"), [(0, 0.02), (5, 0.05), (15, 0.12), (25, 0.2), (50, 0.4)])
def test_the_error_is_small_at_every_noise_level(photographs: list[Pixels], sigma: float, bound: float) -> None:
    rng = np.random.default_rng(0)
    errors, deviations = [], []
    for photograph in photographs:
        for right, down in ((0, 0), (1, -2), (-5, 3), (18, -11)):
            clean, moved = pair(photograph, right, down)
            shift = find_shift(clean, as_file(moved, sigma, rng))
            assert shift is not None
            errors.append(np.hypot(shift.right - right / SHRINK, shift.down - down / SHRINK))
            deviations.append(shift.deviation)
    assert np.median(errors) < bound / 2
    assert max(errors) < 2 * bound
    if sigma:
        assert np.mean(np.array(errors) < 3 * np.array(deviations)) > 0.9


@pytest.mark.parametrize(("right", "down"), [(7, 0), (-12, 20), (0, -25)])
def test_a_shift_by_many_whole_pixels_is_found(photographs: list[Pixels], right: int, down: int) -> None:
    grey = photographs[0].mean(axis=2)
    noisy = grey[100 - down : 350 - down, 100 - right : 350 - right]
    noisy = noisy + np.random.default_rng(1).normal(0, 25 / 255, noisy.shape).astype(np.float32)
    shift = find_shift(np.ascontiguousarray(grey[100:350, 100:350]), np.ascontiguousarray(noisy))
    assert shift is not None
    assert (shift.right, shift.down) == (pytest.approx(right, abs=0.1), pytest.approx(down, abs=0.1))


@given(factor=st.floats(0.2, 3.0), offset=st.floats(-0.5, 0.5))
def test_brightness_does_not_change_the_shift(factor: float, offset: float) -> None:
    rng = np.random.default_rng(2)
    clean = rng.random((8, 8)).repeat(8, axis=0).repeat(8, axis=1).astype(np.float32)
    moved = np.roll(clean, 2, axis=1)
    plain, changed = find_shift(clean, moved), find_shift(clean, np.float32(factor) * moved + np.float32(offset))
    assert plain is not None
    assert changed is not None
    assert changed.right == pytest.approx(plain.right, abs=0.01)
    assert changed.down == pytest.approx(plain.down, abs=0.01)


def test_noise_alone_moves_nothing_for_certain(photographs: list[Pixels]) -> None:
    grey = photographs[1].mean(axis=2)[:256, :256]
    for seed in range(10):
        noisy = grey + np.random.default_rng(seed).normal(0, 50 / 255, grey.shape).astype(np.float32)
        shift = find_shift(grey, noisy)
        assert shift is not None
        assert not shift.certain


def test_nothing_is_found_without_structure_or_room() -> None:
    flat = np.full((64, 64), 0.5, np.float32)
    assert find_shift(flat, flat) is None
    assert find_shift(flat[:20], flat[:20]) is None
