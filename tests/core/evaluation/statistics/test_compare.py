from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from burnish.errors import EvaluationError
from burnish.evaluation.scorecard import BenchmarkResult, MetricScores
from burnish.evaluation.statistics.compare import compare, compare_scores

Results = Callable[..., BenchmarkResult]
Scores = Callable[..., MetricScores]


def test_differences_are_paired_by_image_and_not_by_order(make_scores: Scores) -> None:
    one = make_scores([30.0, 31.0, 29.0])
    other = MetricScores(**{**one.model_dump(), "per_image": {"2.png": 28.5, "0.png": 29.9, "1.png": 30.7}})
    found = compare_scores(one, other, benchmark="noise", metric="metrics/psnr")
    assert found.differences == pytest.approx({"0.png": 0.1, "1.png": 0.3, "2.png": 0.5})
    assert found.mean == pytest.approx(0.3)
    assert (found.worst_image, found.worst) == ("0.png", pytest.approx(0.1))


def test_pairing_proves_a_small_gain_among_very_different_images(make_result: Results) -> None:
    images = [22.0, 25.0, 28.0, 31.0, 34.0, 37.0, 40.0, 43.0]
    better = [score + 0.1 + 0.01 * (index % 3) for index, score in enumerate(images)]
    found = compare(make_result(better), make_result(images))
    assert 0.1 <= found.ci_low <= found.mean <= found.ci_high <= 0.121
    assert found.probability == pytest.approx(1.0)


def test_swapping_the_two_changes_the_sign(make_result: Results) -> None:
    one, other = make_result([30.0, 31.0, 29.0, 28.0, 35.0]), make_result([29.0, 31.5, 28.0, 28.0, 34.0])
    assert compare(one, other).mean == pytest.approx(-compare(other, one).mean)


def test_a_metric_where_lower_is_better_is_turned_round(make_scores: Scores) -> None:
    one, other = (make_scores(figures, unit="", higher_is_better=False) for figures in ([0.1, 0.2], [0.3, 0.3]))
    assert compare_scores(one, other, benchmark="b", metric="x/lpips").mean == pytest.approx(0.15)


def test_two_infinite_scores_are_equal_and_losing_one_is_a_loss_without_bound(make_result: Results) -> None:
    both = compare(make_result([math.inf, 30.0]), make_result([math.inf, 30.0]))
    assert both.mean == 0.0
    lost = compare(make_result([50.0] * 6), make_result([math.inf, *[40.0] * 5]))
    assert lost.mean == lost.ci_low == -math.inf


def test_other_data_or_conventions_are_refused_with_what_differs(make_result: Results) -> None:
    with pytest.raises(EvaluationError, match="noise cannot be compared: the clean pictures differ"):
        compare(make_result([30.0], digest="x", data_hash="x"), make_result([30.0]))
    with pytest.raises(EvaluationError, match="protocols or versions differ"):
        compare(make_result([30.0], digest="x"), make_result([30.0]))


def test_other_protocols_images_or_a_missing_metric_are_refused(make_scores: Scores, make_result: Results) -> None:
    one = make_scores([30.0, 31.0])
    for other, fact in (
        (make_scores([30.0, 31.0], protocol={"border": 2}), "protocols"),
        (make_scores([30.0]), "images"),
    ):
        with pytest.raises(EvaluationError, match=fact):
            compare_scores(one, other, benchmark="b", metric="m")
    with pytest.raises(EvaluationError, match="has no metrics/ssim; it has metrics/psnr"):
        compare(make_result([30.0]), make_result([30.0]), "metrics/ssim")


def test_a_comparison_says_itself_in_one_line_and_survives_json(make_result: Results) -> None:
    found = compare(make_result([30.5, 31.5, math.inf]), make_result([30.0, 31.0, 29.0]))
    assert type(found).model_validate_json(found.model_dump_json()) == found
    assert found.as_json()["mean"] == "Infinity"
    line = compare(make_result([30.5, 31.5]), make_result([30.0, 31.0])).sentence()
    assert line == "+0.500 dB, 95 % interval [+0.500, +0.500], 2 images"
