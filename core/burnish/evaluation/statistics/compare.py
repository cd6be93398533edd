"""Two results on one benchmark, compared image by image."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from pydantic import Field

from burnish.errors import EvaluationError
from burnish.evaluation.scorecard import BenchmarkResult, JsonRecord, MetricScores, Scorecard
from burnish.evaluation.statistics.bootstrap import bootstrap_mean


class Comparison(JsonRecord):
    """The paired differences of one metric, oriented so that above zero is better."""

    benchmark: str
    metric: str
    unit: str
    images: int
    mean: float
    """Mean of the differences (challenger better: positive), in the metric's unit."""
    ci_low: float
    ci_high: float
    """Two-sided interval of that mean."""
    confidence: float
    probability: float
    """Share of bootstrap resamples in which the challenger's mean is better."""
    method: str
    worst_image: str
    worst: float
    """The smallest difference, and the image that has it."""
    differences: dict[str, float] = Field(default_factory=dict)
    """Image → difference."""

    def sentence(self) -> str:
        """``+0.312 dB, 95 % interval [+0.201, +0.420], 12 images``."""
        unit = f" {self.unit}" if self.unit else ""
        interval = f"[{signed(self.ci_low, self.unit)}, {signed(self.ci_high, self.unit)}]"
        images = f"{self.images} image{'' if self.images == 1 else 's'}"
        return f"{signed(self.mean, self.unit)}{unit}, {100 * self.confidence:.4g} % interval {interval}, {images}"


def compare(
    challenger: BenchmarkResult,
    champion: BenchmarkResult,
    metric: str = "",
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare two restorers on one benchmark; ``metric`` defaults to the leading one.

    Raises:
        EvaluationError: The digests differ, so the scores are of different data or conventions; or a metric is missing.
    """
    if challenger.digest != champion.digest:
        raise EvaluationError(
            f"the results on {challenger.benchmark} cannot be compared: {_difference(challenger, champion)}; "
            "evaluate both again on the same data"
        )
    metric = metric or leading_metric(challenger)
    return compare_scores(
        _scores(challenger.scores, metric, challenger.benchmark),
        _scores(champion.scores, metric, champion.benchmark),
        benchmark=challenger.benchmark,
        metric=metric,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )


def compare_scores(
    challenger: MetricScores,
    champion: MetricScores,
    *,
    benchmark: str,
    metric: str,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare two columns of scores of the same metric over the same images.

    The statistics are those of ``evaluation.statistics.bootstrap``. Two infinite scores differ by 0; one infinite score
    differs from a finite one by infinity.

    Raises:
        EvaluationError: Other images, another protocol or version, or no images.
    """
    if (challenger.version, challenger.protocol) != (champion.version, champion.protocol):
        raise EvaluationError(f"{metric} on {benchmark}: the two scores use different protocols; evaluate both again")
    if set(challenger.per_image) != set(champion.per_image) or not challenger.per_image:
        raise EvaluationError(f"{metric} on {benchmark}: the two scores use different images; evaluate both again")
    sign = 1.0 if challenger.higher_is_better else -1.0
    differences = {name: sign * _minus(score, champion.per_image[name]) for name, score in challenger.per_image.items()}
    values = np.array(list(differences.values()), dtype=np.float64)
    interval = bootstrap_mean(values, confidence=confidence, resamples=resamples, seed=seed)
    worst = min(differences, key=lambda name: differences[name])
    return Comparison(
        benchmark=benchmark,
        metric=metric,
        unit=challenger.unit,
        images=len(differences),
        mean=interval.mean,
        ci_low=interval.low,
        ci_high=interval.high,
        confidence=confidence,
        probability=interval.positive,
        method=interval.method,
        worst_image=worst,
        worst=differences[worst],
        differences=differences,
    )


def best_of(cards: Iterable[Scorecard], result: BenchmarkResult, metric: str) -> Scorecard | None:
    """The scorecard with the best mean of those that were asked the same question as ``result``; the first of equals.

    Args:
        cards: Others.
        result: On the benchmark in question.
        metric: Its id.

    Returns:
        None where nobody else has such scores.
    """
    asked = [
        card
        for card in cards
        if (other := card.results.get(result.benchmark)) is not None
        and other.digest == result.digest
        and metric in other.scores
    ]
    sign = 1.0 if result.scores[metric].higher_is_better else -1.0
    return max(asked, key=lambda card: sign * card.results[result.benchmark].scores[metric].mean, default=None)


def leading_metric(result: BenchmarkResult) -> str:
    """The id of the metric that the benchmark names first."""
    if not result.scores:
        raise EvaluationError(f"the result on {result.benchmark} has no scores")
    return next(iter(result.scores))


def metric_called(wanted: str, ids: Iterable[str]) -> str | None:
    """The id that a full or short name means, the first of them for an empty name; None: none of them."""
    return next((id for id in ids if wanted in ("", id, id.rpartition("/")[2])), None)


def signed(value: float, unit: str) -> str:
    """``+0.312``: with sign, to the digits that the metric is printed with (dB: 3, else 4)."""
    return f"{value:+.3f}" if unit == "dB" else f"{value:+.4f}"


def _minus(a: float, b: float) -> float:
    return 0.0 if a == b else a - b


def _scores(scores: Mapping[str, MetricScores], metric: str, benchmark: str) -> MetricScores:
    id = metric_called(metric, scores) if metric else None
    if id is None:
        raise EvaluationError(f"the result on {benchmark} has no {metric}; it has {', '.join(scores) or 'no scores'}")
    found = scores[id]
    if any(math.isnan(score) for score in found.per_image.values()):
        raise EvaluationError(f"{metric} on {benchmark}: a score is not a number")
    return found


def _difference(one: BenchmarkResult, other: BenchmarkResult) -> str:
    """What differs, in words, where the records tell."""
    if one.data_hash != other.data_hash:
        return "the clean pictures differ"
    if (one.degrader, one.degrader_config, one.seed) != (other.degrader, other.degrader_config, other.seed):
        return "degrader, configuration or seed differ"
    for metric, scores in one.scores.items():
        here, there = scores.protocol, other.scores[metric].protocol if metric in other.scores else {}
        for key in ("rounding", *here):
            if key in here and key in there and here[key] != there[key]:
                return f"{metric} was scored with {key} {here[key]} in one and {there[key]} in the other"
    return "colour, metrics, protocols or versions differ"
