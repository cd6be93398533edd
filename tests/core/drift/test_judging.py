"""A measure leaves when most pictures lie beyond band and margin, comes back within half of it, and not on few."""

from __future__ import annotations

import numpy as np
import pytest
from burnish.drift import MEASURES, Profile, judge, limits
from burnish.drift.judging import FEWEST, LEAST
from burnish.drift.profile import distributions


def profile(count: int = 100, higher_is_better: bool = False) -> Profile:
    spread = np.linspace(0.0, 1.0, count)
    figures = [
        {"brightness": 0.3 + 0.2 * x, "resolution": 1.0 + x, "output_quality": 4 + 2 * x, "jpeg_quality": 100.0}
        for x in spread
    ]
    return Profile(
        pictures=count, degrader="d", seed=0, metric="metrics/niqe", higher_is_better=higher_is_better,
        measures=distributions(figures),
    )  # fmt: skip


def state(measure: str, figure: float, *, outside: tuple[str, ...] = (), of: Profile | None = None) -> str:
    return judge(of or profile(), [{measure: figure}] * LEAST, outside=outside)[measure].state


def test_the_median_decides_and_a_few_odd_pictures_do_not() -> None:
    odd = [{"brightness": 0.99}] * 4 + [{"brightness": 0.4}] * 6
    standing = judge(profile(), odd)["brightness"]
    assert (standing.state, standing.median, standing.share) == ("inside", pytest.approx(0.4), 0.4)
    most = [{"brightness": 0.99}] * 6 + [{"brightness": 0.4}] * 4
    assert judge(profile(), most)["brightness"].state == "outside"


def test_a_measure_leaves_beyond_the_margin_and_returns_within_half_of_it() -> None:
    top, margin = 0.49, MEASURES["brightness"].margin
    assert state("brightness", top + 0.99 * margin) == "inside"
    assert state("brightness", top + 1.01 * margin) == "outside"
    assert state("brightness", top + 0.75 * margin, outside=("brightness",)) == "outside"
    assert state("brightness", top + 0.49 * margin, outside=("brightness",)) == "inside"


def test_scale_is_judged_by_factors_and_impossible_limits_are_none() -> None:
    low, high = limits("resolution", profile())
    assert (low, high) == (pytest.approx(1.05 / 1.5), pytest.approx(1.95 * 1.5))
    assert limits("jpeg_quality", profile()) == (90.0, None)
    assert state("jpeg_quality", 92) == "inside"
    assert state("jpeg_quality", 75) == "outside"


def test_the_output_may_become_better_but_not_worse() -> None:
    assert state("output_quality", 1.0) == "inside"
    assert state("output_quality", 9.0) == "outside"
    assert state("output_quality", 1.0, of=profile(higher_is_better=True)) == "outside"
    assert state("output_quality", 9.0, of=profile(higher_is_better=True)) == "inside"


def test_few_pictures_of_either_side_decide_nothing() -> None:
    few = judge(profile(), [{"brightness": 0.99}] * (LEAST - 1))["brightness"]
    assert (few.state, few.median) == ("unknown", 0.99)
    assert state("brightness", 0.99, of=profile(FEWEST - 1)) == "unknown"
    assert state("brightness", 0.99, of=profile(FEWEST)) == "outside"
    assert state("noise", 0.5) == "unknown"


def test_pictures_of_the_training_stay_inside() -> None:
    """The claim of the rule: 1 false alarm in 5,000 for each side at most, without margin; here with it, none."""
    draw = np.random.default_rng(0)
    for _ in range(300):
        window = [{"brightness": 0.3 + 0.2 * x} for x in draw.random(LEAST)]
        assert judge(profile(), window)["brightness"].state == "inside"


def test_a_measure_that_nothing_tells_is_left_out_and_one_that_fell_silent_is_not() -> None:
    standings = judge(profile(), [{"brightness": 0.4, "noise": None}] * LEAST)
    assert "noise" not in standings
    assert (standings["resolution"].median, standings["resolution"].state) == (None, "unknown")
