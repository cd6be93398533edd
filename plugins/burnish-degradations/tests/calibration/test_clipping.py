"""Moments of clipped noise against drawn values, and back."""

from __future__ import annotations

import numpy as np
import pytest
from burnish_degradations.calibration.clipping import clipped_moments, unclipped
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats


@given(mean=st.floats(-0.3, 1.3), sigma=st.floats(0.01, 0.5))
def test_clipped_moments_are_those_of_scipys_censored_normal(mean: float, sigma: float) -> None:
    law = stats.norm(mean, sigma)
    grid = np.linspace(0.0, 1.0, 20001)
    density = law.pdf(grid)
    over = law.sf(1.0)
    first = np.trapezoid(grid * density, grid) + over
    second = np.trapezoid(grid**2 * density, grid) + over
    found = clipped_moments(np.array([mean]), np.array([sigma**2]))
    assert found[0].item() == pytest.approx(first, abs=1e-6)
    assert found[1].item() == pytest.approx(second - first**2, abs=1e-6)


@given(mean=st.floats(0.0, 1.0), sigma=st.floats(0.01, 0.3))
def test_unclipping_leads_back_to_what_was_clipped(mean: float, sigma: float) -> None:
    before = np.array([mean]), np.array([sigma**2])
    back = unclipped(*clipped_moments(*before))
    assert back[0].item() == pytest.approx(mean, abs=2e-3 * max(1.0, sigma / 0.1))
    assert back[1].item() == pytest.approx(sigma**2, rel=0.02)


def test_far_from_the_ends_nothing_changes() -> None:
    mean, variance = np.array([0.3, 0.7]), np.array([1e-4, 4e-4])
    back = unclipped(mean, variance)
    assert np.allclose(back[0], mean, atol=1e-9)
    assert np.allclose(back[1], variance, rtol=1e-6)


def test_moments_that_no_clipped_noise_has_give_no_number() -> None:
    """More variance than that of 0 and 1 alone, at that mean."""
    assert np.isnan(unclipped(np.array([0.5]), np.array([0.3]))).all()
