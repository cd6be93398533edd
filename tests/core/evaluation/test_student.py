from __future__ import annotations

import pytest
from burnish.evaluation.student import student_central, student_quantile
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats


@given(t=st.floats(0, 50), freedom=st.integers(1, 300))
def test_the_central_probability_is_scipys(t: float, freedom: int) -> None:
    expected = 1 - 2 * stats.t.sf(t, freedom)
    assert student_central(t, freedom) == pytest.approx(expected, abs=1e-9)


@given(confidence=st.floats(0.5, 0.9999), freedom=st.integers(1, 300))
def test_the_quantile_is_scipys(confidence: float, freedom: int) -> None:
    assert student_quantile(confidence, freedom) == pytest.approx(stats.t.ppf((1 + confidence) / 2, freedom), rel=1e-6)
