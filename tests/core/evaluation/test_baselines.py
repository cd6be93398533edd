"""That a baseline beats a model is told with benchmark, metric, figures and difference, on equal questions alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from burnish.evaluation.baselines import beaten
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.reporting.report import write_report


def card(subject: str, scores: MetricScores, digest: str = "d") -> Scorecard:
    result = BenchmarkResult(
        benchmark="noise", digest=digest, degrader="a/b", data_hash="h", scores={"metrics/psnr": scores},
        seconds_per_megapixel=1.0, device="cpu", precision="fp32",
    )  # fmt: skip
    return Scorecard(subject=subject, restorer="a/b", results={"noise": result}, cost=Cost(seconds_per_megapixel=1.0))


def test_the_best_baseline_that_is_better_is_named_with_figures_and_difference(
    make_scores: Callable[..., MetricScores], tmp_path: Path
) -> None:
    model = card("tiny v1", make_scores([29.0]))
    others = [card("classical/median", make_scores([29.5])), card("classical/nlm", make_scores([30.1]))]
    [found] = beaten(model, others)
    assert (found.baseline, found.by) == ("classical/nlm", pytest.approx(1.1))
    told = (
        "a baseline beats it on noise: classical/nlm has 30.100 dB, it has 29.000 dB (metrics/psnr), worse by 1.100 dB"
    )
    assert found.sentence() == told
    page = write_report(tmp_path / "r.html", title="t", challenger=model, baselines=others)
    assert told in page.read_text(encoding="utf-8")


def test_the_page_warns_of_a_beaten_champion_while_it_stays_and_says_how_baselines_were_chosen(
    make_scores: Callable[..., MetricScores], tmp_path: Path
) -> None:
    better, old, nlm = (card(name, make_scores([v])) for name, v in (("m", 32.0), ("m v1", 29.0), ("nlm", 30.0)))
    chosen = better.model_copy(update={"lineage": {"baselines": {"note": "the recipe names none; chosen: nlm"}}})

    def page(promoted: bool) -> str:
        decision = {"promoted": promoted, "reason": "r", "verdicts": []}
        out = write_report(
            tmp_path / "r.html", title="t", challenger=chosen, champion=old, baselines=[nlm], decision=decision
        )
        return out.read_text(encoding="utf-8")

    assert "a baseline beats m v1 on noise: nlm has 30.000 dB, m v1 has 29.000 dB" in page(promoted=False)
    assert "a baseline beats" not in page(promoted=True)
    assert "Baselines: the recipe names none; chosen: nlm." in page(promoted=True)


@pytest.mark.parametrize(("other", "more"), [([28.0], {}), ([29.0], {}), ([40.0], {"digest": "other"})])
def test_a_worse_or_equal_one_and_one_that_was_asked_something_else_do_not_count(
    make_scores: Callable[..., MetricScores], other: list[float], more: dict[str, Any]
) -> None:
    assert not list(beaten(card("m", make_scores([29.0])), [card("b", make_scores(other), **more)]))


def test_where_less_is_better_the_lower_one_beats(make_scores: Callable[..., MetricScores]) -> None:
    model, low, high = (card("x", make_scores([v], unit="", higher_is_better=False)) for v in (0.2, 0.1, 0.3))
    assert [one.by for one in beaten(model, [low])] == [pytest.approx(0.1)]
    assert not list(beaten(model, [high]))
