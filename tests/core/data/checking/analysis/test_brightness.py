"""Factor and offset between a clean and a degraded picture are found under noise, and a curve differs from a line."""

from __future__ import annotations

import numpy as np
import pytest
from burnish.data.checking.analysis.brightness import fit, likeness
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
CLEAN = np.random.default_rng(0).random((96, 96)).astype(np.float32)


@given(factor=st.floats(0.1, 3.0), offset=st.floats(-0.5, 0.5), sigma=st.floats(0.0, 0.2))
def test_the_line_is_that_of_polyfit(factor: float, offset: float, sigma: float) -> None:
    noise = np.random.default_rng(1).normal(0, sigma, CLEAN.shape)
    degraded = (factor * CLEAN + offset + noise).astype(np.float32)
    light = fit(CLEAN, degraded)
    slope, intercept = np.polyfit(CLEAN.ravel().astype(float), degraded.ravel().astype(float), 1)
    assert light.factor == pytest.approx(slope, abs=1e-4)
    assert light.offset == pytest.approx(intercept, abs=1e-4)
    assert light.factor == pytest.approx(factor, abs=0.05 + sigma / 5)


def test_noise_makes_no_curve_and_gamma_does() -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, CLEAN.shape).astype(np.float32)
    assert fit(CLEAN, 0.5 * CLEAN + noise).curve < 0.01
    assert fit(CLEAN, CLEAN**2.2 + noise).curve > 0.04


def test_a_constant_clean_picture_gives_the_factor_one() -> None:
    light = fit(np.full_like(CLEAN, 0.5), CLEAN)
    assert light.factor == 1.0
    assert light.offset == pytest.approx(float(CLEAN.mean()) - 0.5, abs=1e-5)


def test_likeness_is_pearsons_correlation() -> None:
    other = CLEAN[::-1] + 0.5 * CLEAN
    assert likeness(CLEAN, other) == pytest.approx(np.corrcoef(CLEAN.ravel(), other.ravel())[0, 1], abs=1e-5)
    assert likeness(CLEAN, np.ones_like(CLEAN)) == 0.0
