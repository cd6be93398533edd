"""Coverage and interval score are what their definitions say; the gate holds intervals to their promise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish.builtin.gates import Gain, NoRegression
from burnish.builtin.intervals import Coverage, CoverageGate, IntervalScore
from burnish.evaluation.intervals import PROMISES
from burnish.evaluation.scorecard import IntervalLevel, Intervals, MetricScores, Scorecard
from burnish.plugins.catalog import installed
from burnish.protocols import Verdict
from scipy.stats import norm

Cards = Callable[..., Scorecard]


def _intervals(coverage: float, width: float = 0.1, promises: tuple[float, ...] = (0.8, 0.9)) -> Intervals:
    def level(asked: float) -> IntervalLevel:
        per_image = {"0.png": coverage - 0.01, "1.png": coverage + 0.01}
        return IntervalLevel(
            asked=asked,
            coverage=per_image,
            width=dict.fromkeys(per_image, width),
            mean_coverage=coverage,
            mean_width=width,
        )

    levels = tuple(map(level, promises))
    return Intervals(width="head", confidence=0.9, calibrated_on="h", levels=levels, asked=promises[-1], classes=())


def _card(make_card: Cards, intervals: Intervals | None) -> Scorecard:
    card = make_card("m", [30.0, 31.0])
    (name, result), *_ = card.results.items()
    return card.model_copy(update={"results": {name: result.model_copy(update={"intervals": intervals})}})


def _judged(make_card: Cards, own: Intervals | None, other: Intervals | None = None, **config: object) -> Verdict:
    champion = _card(make_card, other) if other is not None else None
    return CoverageGate(**config)(_card(make_card, own), champion)  # type: ignore[arg-type]


def test_coverage_is_the_share_of_values_within_their_ends() -> None:
    true = torch.tensor([0.0, 0.2, 0.5, 1.0]).reshape(1, 1, 2, 2)
    low, high = torch.full_like(true, 0.2), torch.full_like(true, 0.5)
    found = Coverage()(torch.stack([low, high], dim=1), true)
    assert found.tolist() == [0.5]


def test_the_interval_score_is_least_for_the_true_quantiles() -> None:
    """Of Gaussian errors the best interval of 0.9 is known: 1.645 deviations to either side."""
    error = torch.from_numpy(norm.ppf((np.arange(40_000) + 0.5) / 40_000)).reshape(1, 1, 200, 200)
    scores = {
        half: float(IntervalScore(coverage=0.9)(torch.stack([-half + 0 * error, half + 0 * error], dim=1), error))
        for half in np.arange(1.2, 2.2, 0.005)
    }
    assert min(scores, key=lambda half: scores[half]) == pytest.approx(norm.ppf(0.95), abs=0.01)


def test_kept_promises_pass_and_broken_ones_name_benchmark_and_figures(make_card: Cards) -> None:
    kept = _judged(make_card, _intervals(0.885))
    assert kept.passed
    assert "0.885 of the values are within intervals that promise 0.9, 2 images" in kept.reason
    broken = _judged(make_card, _intervals(0.87))
    assert not broken.passed
    assert "0.88 at least are asked" in broken.reason


def test_a_figure_that_is_not_a_number_keeps_no_promise(make_card: Cards) -> None:
    assert not _judged(make_card, _intervals(float("nan"))).passed


@pytest.mark.parametrize(
    ("own", "fact"),
    [
        (None, "has no calibrated intervals that were measured on"),
        (_intervals(0.9, promises=(0.5, 0.8)), "promises no coverage of 0.9 (it promises 0.5, 0.8)"),
    ],
)
def test_what_was_not_promised_or_measured_does_not_pass(make_card: Cards, own: Intervals | None, fact: str) -> None:
    verdict = _judged(make_card, own)
    assert not verdict.passed
    assert fact in verdict.reason


def test_the_gate_can_be_asked_every_promise_that_is_measured() -> None:
    declared = installed().get("gates", "burnish/coverage").spec.config["coverage"]
    assert declared["enum"] == list(PROMISES)


def test_intervals_may_be_held_to_the_width_of_the_champions(make_card: Cards) -> None:
    wide, narrow = _intervals(0.95, width=0.3), _intervals(0.9, width=0.1)
    assert _judged(make_card, wide, narrow).passed
    verdict = _judged(make_card, wide, narrow, width_factor=1.5)
    assert not verdict.passed
    assert "3.00 times as wide as the champion's" in verdict.reason
    assert _judged(make_card, narrow, wide, width_factor=1.5).passed


def _covered(make_card: Cards, subject: str, coverage: float) -> Scorecard:
    card = make_card(subject, [30.0, 31.0])
    (name, result), *_ = card.results.items()
    images = list(next(iter(result.scores.values())).per_image)
    one = MetricScores(
        version=1, protocol={"what": "share"}, ranks=False, per_image=dict.fromkeys(images, coverage), mean=coverage,
        doubt="its figure ranks nothing",
    )  # fmt: skip
    scores = {**result.scores, "burnish/coverage": one}
    return card.model_copy(update={"results": {name: result.model_copy(update={"scores": scores})}})


def test_less_coverage_is_no_regression_and_more_is_no_gain(make_card: Cards) -> None:
    less, more = _covered(make_card, "a", 0.9), _covered(make_card, "b", 0.97)
    assert NoRegression()(less, more).passed
    verdict = Gain(metric="coverage")(more, less)
    assert not verdict.passed
    assert "proves no gain" in verdict.reason
