"""The fit of a clean picture's brightness to its degraded one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from burnish.data.matching import fit_brightness
from hypothesis import given, settings
from hypothesis import strategies as st


def smooth(seed: int, shape: tuple[int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """C,H,W in [0, 1]."""
    rng = np.random.default_rng(seed)
    return np.stack([cv2.GaussianBlur(rng.random(shape[1:], np.float32), (0, 0), 2) for _ in range(shape[0])])


@given(
    factor=st.floats(0.05, 20.0),
    offset=st.floats(-1.0, 1.0),
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 100),
)
@settings(max_examples=50, deadline=None)
def test_without_noise_the_fit_is_exact(factor: float, offset: float, channels: int, seed: int) -> None:
    clean = smooth(seed, (channels, 12, 17)).astype(np.float64)
    found = fit_brightness(factor * clean + offset, clean)  # type: ignore[arg-type]
    assert found == pytest.approx((factor, offset), rel=1e-6, abs=1e-6)


def test_the_fit_is_that_of_numpy_s_polynomials() -> None:
    rng = np.random.default_rng(0)
    clean = smooth(0, (1, 30, 40))
    degraded = (0.4 * clean + 0.2 + 0.1 * rng.standard_normal(clean.shape)).astype(np.float32)
    oracle = np.polyfit(clean.ravel().astype(np.float64), degraded.ravel().astype(np.float64), 1)
    assert fit_brightness(degraded, clean) == pytest.approx(tuple(oracle), rel=1e-9)


def test_strong_noise_does_not_bias_the_factor_where_the_reverse_regression_fails() -> None:
    """Noise of five times the picture's contrast; the mean of 40 fits is within four standard errors of the truth."""
    factor, offset, sigma = 0.5, 0.3, 0.5
    clean = smooth(1, (1, 64, 64))
    assert clean.std() < sigma / 5
    rng = np.random.default_rng(2)
    noisy = [(factor * clean + offset + sigma * rng.standard_normal(clean.shape)).astype(np.float32) for _ in range(40)]
    fits = np.array([fit_brightness(one, clean) for one in noisy])
    error = sigma / (clean.std() * 64 * np.sqrt(40))
    assert abs(fits[:, 0].mean() - factor) < 4 * error
    assert error < 0.05
    assert fits[:, 1].mean() == pytest.approx(offset, abs=4 * error)
    backwards = 1.0 / np.mean([np.polyfit(one.ravel(), clean.ravel(), 1)[0] for one in noisy])
    assert backwards > 3 * factor


@pytest.mark.parametrize("scale", [2, 3])
def test_a_larger_clean_picture_is_averaged_to_the_size_of_the_degraded_one(scale: int) -> None:
    clean = smooth(3, (3, 12 * scale, 15 * scale))
    small = clean.reshape(3, 12, scale, 15, scale).mean(axis=(2, 4))
    assert fit_brightness(0.3 * small + 0.1, clean) == pytest.approx((0.3, 0.1), rel=1e-4)


def test_a_constant_clean_picture_says_nothing_about_the_factor() -> None:
    clean = np.full((1, 8, 8), 0.25, np.float32)
    assert fit_brightness(clean + np.float32(0.5), clean) == (1.0, pytest.approx(0.5))


def test_a_constant_degraded_picture_has_the_factor_zero() -> None:
    assert fit_brightness(np.full((1, 9, 9), 0.5, np.float32), smooth(4, (1, 9, 9))) == pytest.approx((0.0, 0.5))
