from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from burnish.evaluation.statistics import bootstrap
from burnish.evaluation.statistics.bootstrap import bootstrap_mean
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_enumeration_gives_the_distribution_of_all_resamples(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    weights, shares = bootstrap._compositions(count)
    every = sorted(np.mean(draw) for draw in itertools.product(values, repeat=count))
    found = np.repeat(weights @ values, np.round(shares * count**count).astype(int))
    np.testing.assert_allclose(np.sort(found), every, atol=1e-12)


@pytest.mark.parametrize("skewed", [False, True])
def test_bca_agrees_with_scipy_at_the_same_tails(skewed: bool) -> None:
    rng = np.random.default_rng(4)
    values = rng.exponential(1, 40) if skewed else rng.normal(0.3, 1, 40)
    tail = bootstrap._expanded_tail(40, 0.95)
    expected = stats.bootstrap(
        (values,), np.mean, confidence_level=1 - 2 * tail, n_resamples=40_000, method="BCa", random_state=1
    ).confidence_interval
    found = bootstrap_mean(values, resamples=40_000)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.02)
    assert found.method == "BCa bootstrap, 40000 resamples"


@pytest.mark.parametrize("count", [2, 3, 4])
def test_fewer_than_five_values_have_students_interval(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    low, high = stats.t.interval(0.9, count - 1, values.mean(), stats.sem(values))
    found = bootstrap_mean(values, confidence=0.9)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)


def test_one_value_says_nothing_about_its_spread() -> None:
    found = bootstrap_mean(np.array([3.0]))
    assert (found.mean, found.low, found.high) == (3.0, -math.inf, math.inf)


@given(values=st.lists(st.floats(-10, 10), min_size=2, max_size=12), shift=st.floats(-5, 5))
@settings(max_examples=40)
def test_the_interval_holds_the_mean_and_moves_with_the_values(values: list[float], shift: float) -> None:
    array = np.array(values)
    found, moved = (bootstrap_mean(one, resamples=500) for one in (array, array + shift))
    assert found.low <= found.mean + 1e-9
    assert found.high >= found.mean - 1e-9
    assert moved.mean == pytest.approx(found.mean + shift, abs=1e-9)
    mirrored = bootstrap_mean(-array, resamples=500)
    assert mirrored.mean == pytest.approx(-found.mean, abs=1e-9)


@pytest.mark.parametrize("count", [4, 6, 30])
def test_equal_values_have_an_interval_of_no_width(count: int) -> None:
    found = bootstrap_mean(np.full(count, 0.25))
    assert (found.low, found.mean, found.high) == pytest.approx((0.25, 0.25, 0.25))
    assert found.positive == pytest.approx(1.0)
    assert bootstrap_mean(np.zeros(count)).positive == 0.0


def test_the_same_seed_gives_the_same_interval_and_another_one_nearly_so() -> None:
    values = np.random.default_rng(0).normal(size=30)
    assert bootstrap_mean(values) == bootstrap_mean(values)
    assert bootstrap_mean(values, seed=1).low == pytest.approx(bootstrap_mean(values).low, abs=0.05)


def test_an_infinite_gain_counts_only_where_it_is_drawn_and_a_loss_beats_it() -> None:
    gain = bootstrap_mean(np.array([math.inf, *np.full(19, -1.0)]))
    assert gain.mean == math.inf
    assert gain.low == -1.0
    assert gain.positive == pytest.approx(1 - 0.95**20, abs=0.02)
    both = bootstrap_mean(np.array([math.inf, -math.inf, *np.ones(18)]))
    assert both.mean == both.low == -math.inf


def test_a_difference_that_is_truly_zero_is_rarely_proven() -> None:
    rng = np.random.default_rng(1)
    proven = [bootstrap_mean(rng.normal(size=10), resamples=400, seed=i).low > 0 for i in range(400)]
    assert np.mean(proven) < 0.06
