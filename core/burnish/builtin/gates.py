"""The gates of the host: a proven gain, no regression, and a cost within bounds. All fail closed."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from burnish.errors import EvaluationError
from burnish.evaluation.scorecard import BenchmarkResult, Scorecard
from burnish.evaluation.statistics.compare import (
    Comparison,
    best_of,
    compare,
    compare_scores,
    leading_metric,
    metric_called,
    signed,
)
from burnish.protocols import Gate, Verdict

if TYPE_CHECKING:
    from burnish.plugins.catalog import Catalog
    from burnish.recipe.values import Choice


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One gate's verdict, with its configuration."""

    gate: str
    """Gate id."""
    config: Mapping[str, object] = field(default_factory=dict)
    verdict: Verdict

    def as_json(self) -> dict[str, object]:
        """``gate``, ``config``, ``passed``, ``reason``, ``figures``, for reports and registries."""
        said = self.verdict
        figures = dict(said.figures)
        return {
            "gate": self.gate,
            "config": self.config,
            "passed": said.passed,
            "reason": said.reason,
            "figures": figures,
        }


def judge(
    gates: Iterable[Choice],
    challenger: Scorecard,
    champion: Scorecard | None,
    *,
    baselines: Sequence[Scorecard] = (),
    catalog: Catalog | None = None,
) -> list[Judgement]:
    """Run every gate. A gate that is missing, is misconfigured or raises counts as failed.

    Args:
        gates: Ids with configurations, as a recipe has them.
        challenger: The scorecard in question.
        champion: The champion's on the same data; None when there is none.
        baselines: Those of the baselines on the same data, for the gates that take them.
        catalog: What is installed.
    """
    from burnish.plugins.catalog import installed

    catalog = catalog if catalog is not None else installed()
    contest = _Contest(challenger=challenger, champion=champion, baselines=tuple(baselines))
    return [Judgement(gate=c.id, config=c.config, verdict=_ask(c, contest, catalog)) for c in gates]


@dataclass(frozen=True, kw_only=True)
class _Contest:
    """The scorecards that a gate is given."""

    challenger: Scorecard
    champion: Scorecard | None
    baselines: tuple[Scorecard, ...]


def _ask(choice: Choice, contest: _Contest, catalog: Catalog) -> Verdict:
    try:
        gate = cast(Gate, catalog.create("gates", choice.id, choice.config))
        more = {"baselines": contest.baselines} if _takes_baselines(gate) else {}
        verdict = gate(contest.challenger, contest.champion, **more)
    except (Exception, SystemExit) as error:
        fact = " ".join(str(error).split())
        return Verdict(passed=False, reason=f"{choice.id} could not judge: {type(error).__name__}: {fact}")
    if not isinstance(verdict, Verdict) or verdict.passed not in (True, False):
        return Verdict(passed=False, reason=f"{choice.id} could not judge: it returned {type(verdict).__name__}")
    return verdict


def _takes_baselines(gate: Gate) -> bool:
    """Whether its signature names them; one that only collects keywords (``**more``) does not."""
    try:
        named = inspect.signature(gate).parameters.get("baselines")
    except (TypeError, ValueError):  # no signature: a callable of a C extension, for one
        return False
    return named is not None and named.kind in (named.POSITIONAL_OR_KEYWORD, named.KEYWORD_ONLY)


class Gain:
    """The challenger is better than the champion by more than a margin, beyond chance.

    Passes when the lower end of the two-sided interval of the mean paired difference lies above ``margin``: a tie never
    does. The statistics are those of ``evaluation.statistics.bootstrap``.

    Without a champion there are two rivals, and both must be beaten: the best of the baselines on that benchmark and
    metric, by ``margin``, and the observation itself, by ``margin_over_input``. A first model passes where there are no
    baselines and the observation cannot be scored (super-resolution).

    Scores whose differences prove nothing (``MetricScores.doubt``) never promote, unless ``accept_unproven``.
    """

    def __init__(
        self,
        *,
        benchmark: str = "",
        metric: str = "",
        margin: float = 0.0,
        margin_over_input: float = 0.0,
        accept_unproven: bool = False,
        confidence: float = 0.95,
        resamples: int = 10_000,
        seed: int = 0,
    ) -> None:
        self.benchmark, self.metric = benchmark, metric
        self.margin, self.margin_over_input = margin, margin_over_input
        self.accept_unproven = accept_unproven
        self.statistics: dict[str, Any] = {"confidence": confidence, "resamples": resamples, "seed": seed}

    def __call__(
        self, challenger: Scorecard, champion: Scorecard | None, *, baselines: Sequence[Scorecard] = ()
    ) -> Verdict:
        """Judge the paired differences on one benchmark; ``baselines`` count only without a champion."""
        try:
            name = self.benchmark or next(iter(challenger.results), "")
            own = result_on(challenger, name)
            metric = metric_of(own, self.metric)
            if (doubt := own.scores[metric].doubt) and not self.accept_unproven:
                return Verdict(passed=False, reason=f"{name} ({metric}) proves no gain: {doubt}")
            if champion is not None:
                comparison = compare(own, result_on(champion, name), metric, **self.statistics)
                return _gain(comparison, self.margin, "the champion")
            verdicts = list(self._first(own, metric, baselines))
        except EvaluationError as error:
            return Verdict(passed=False, reason=str(error))
        if not verdicts:
            fact = f"there are no baselines, and {metric} cannot score the input of {name}"
            return Verdict(passed=True, reason=f"first model: {fact}, so there is no reference to beat")
        return _all_of(verdicts)

    def _first(self, own: BenchmarkResult, metric: str, baselines: Sequence[Scorecard]) -> Iterator[Verdict]:
        """Without a champion: against the best baseline, and against the input, as far as there are these."""
        best = best_of(baselines, own, metric)
        if best is not None:
            comparison = compare(own, best.results[own.benchmark], metric, **self.statistics)
            yield _gain(comparison, self.margin, f"the baseline {best.subject} (there is no champion yet)")
        elif baselines:
            tried = ", ".join(card.subject for card in baselines)
            raise EvaluationError(
                f"no baseline has {metric} on {own.benchmark} and the same data ({tried}); evaluate them"
            )
        if metric in own.degraded:
            comparison = compare_scores(
                own.scores[metric], own.degraded[metric], benchmark=own.benchmark, metric=metric, **self.statistics
            )
            yield _gain(comparison, self.margin_over_input, "its input (there is no champion yet)")


class NoRegression:
    """On every benchmark and metric, the challenger's mean is at most a tolerance worse than the champion's."""

    def __init__(
        self,
        *,
        tolerance: float = 0.1,
        tolerance_other: float = 0.002,
        image_tolerance: float | None = None,
    ) -> None:
        self.tolerance, self.tolerance_other = tolerance, tolerance_other
        self.image_tolerance = image_tolerance

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        """Judge every benchmark and metric of both."""
        if champion is None:
            return Verdict(passed=True, reason="there is no champion yet, so nothing can regress")
        try:
            comparisons = list(_everything(challenger, champion))
        except EvaluationError as error:
            return Verdict(passed=False, reason=str(error))
        faults = [fault for comparison in comparisons for fault in self._faults(comparison)]
        figures = {f"{c.benchmark} {c.metric}": c.as_json() for c in comparisons}
        if faults:
            return Verdict(passed=False, reason="; ".join(faults), figures=figures)
        if not comparisons:
            return Verdict(passed=False, reason="no metric was measured that tells better from worse; add one")
        worst = min(comparisons, key=lambda c: c.mean)
        where = f"{signed(worst.mean, worst.unit)} {worst.unit}".strip()
        return Verdict(
            passed=True,
            reason=f"no benchmark regressed by more than its tolerance; "
            f"the largest drop is {where} on {worst.benchmark} ({worst.metric})",
            figures=figures,
        )

    def _faults(self, comparison: Comparison) -> list[str]:
        unit = comparison.unit
        tolerance = self.tolerance if unit == "dB" else self.tolerance_other
        what = f"{comparison.benchmark} ({comparison.metric})"
        faults = []
        if not comparison.mean >= -tolerance:
            faults.append(f"{what} fell by {_amount(comparison.mean, unit)}, more than {_amount(tolerance, unit)}")
        if unit == "dB" and self.image_tolerance is not None and not comparison.worst >= -self.image_tolerance:
            limit = _amount(self.image_tolerance, unit)
            drop = _amount(comparison.worst, unit)
            faults.append(f"{comparison.worst_image} of {what} fell by {drop}, more than {limit}")
        return faults


class CostGate:
    """Running the challenger costs no more than a factor of the champion's, and no more than absolute bounds."""

    def __init__(
        self,
        *,
        factor: float | None = 1.5,
        seconds_per_megapixel: float | None = None,
        peak_memory_mb: float | None = None,
        parameters: int | None = None,
    ) -> None:
        self.factor = factor
        self.bounds: dict[str, float | None] = {
            "seconds_per_megapixel": seconds_per_megapixel,
            "peak_memory_mb": peak_memory_mb,
            "parameters": parameters,
        }

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        """Judge seconds, memory and parameters."""
        cost = challenger.cost
        figures: dict[str, float] = {name: getattr(cost, name) for name in self.bounds}
        faults = [
            f"{_words(name)} {figures[name]:.4g} is above {bound:.4g}"
            for name, bound in self.bounds.items()
            if bound is not None and not figures[name] <= bound
        ]
        seconds = cost.seconds_per_megapixel
        if not (math.isfinite(seconds) and seconds > 0):
            faults.append("the challenger's time was not measured")
        elif champion is not None and self.factor is not None:
            figures["champion_seconds_per_megapixel"] = champion.cost.seconds_per_megapixel
            faults += self._slower(challenger, champion)
        if faults:
            return Verdict(passed=False, reason="; ".join(faults), figures=figures)
        against = _against(challenger, champion) if self.factor is not None else ""
        return Verdict(passed=True, reason=f"{seconds:.3g} s per megapixel{against}, within bounds", figures=figures)

    def _slower(self, challenger: Scorecard, champion: Scorecard) -> list[str]:
        assert self.factor is not None
        own, other = challenger.cost.seconds_per_megapixel, champion.cost.seconds_per_megapixel
        devices = [{result.device for result in card.results.values()} for card in (challenger, champion)]
        if devices[0] != devices[1]:
            return [
                f"times on {_list(devices[0])} and {_list(devices[1])} cannot be compared; score both on one device"
            ]
        if not (math.isfinite(other) and other > 0):
            return ["the champion's time was not measured; score it again"]
        if own > self.factor * other:
            return [f"{own:.3g} s per megapixel is {own / other:.2f} times the champion's, above {self.factor:.4g}"]
        return []


def _gain(comparison: Comparison, margin: float, rival: str) -> Verdict:
    passed = comparison.ci_low > margin
    unit = f" {comparison.unit}" if comparison.unit else ""
    said = f"{comparison.benchmark} ({comparison.metric}): {comparison.sentence()}, against {rival}"
    bound = f"the lower end {'is' if passed else 'is not'} above the margin of {margin:.4g}{unit}"
    figures = {"margin": margin, "rival": rival, **comparison.as_json()}
    return Verdict(passed=passed, reason=f"{said}; {bound}", figures=figures)


def _all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Passed where all are; the reasons of those that are not, else of all. The figures are those of the first reason,
    with the others' under ``others``.
    """
    failed = [verdict for verdict in verdicts if not verdict.passed]
    first, *others = [*failed, *(verdict for verdict in verdicts if verdict.passed)]
    told = failed or verdicts
    return Verdict(
        passed=not failed,
        reason="; ".join(verdict.reason for verdict in told),
        figures={**first.figures, "others": [dict(verdict.figures) for verdict in others]},
    )


def _everything(challenger: Scorecard, champion: Scorecard) -> Iterable[Comparison]:
    """Compare every benchmark and metric that ranks; one that a scorecard lacks is an error."""
    for name in dict.fromkeys([*challenger.results, *champion.results]):
        own, other = result_on(challenger, name), result_on(champion, name)
        ranking = (metric for scores in (own.scores, other.scores) for metric, one in scores.items() if one.ranks)
        for metric in dict.fromkeys(ranking):
            yield compare(own, other, metric)
    if not challenger.results:
        raise EvaluationError(f"the scorecard of {challenger.subject} has no benchmark; add one to the recipe")


def result_on(card: Scorecard, name: str) -> BenchmarkResult:
    """A scorecard's result on a benchmark.

    Raises:
        EvaluationError: It has none.
    """
    if name not in card.results:
        known = ", ".join(card.results) or "none"
        raise EvaluationError(
            f"{card.subject} was not scored on {name or 'any benchmark'} (it has {known}); evaluate it"
        )
    return card.results[name]


def metric_of(result: BenchmarkResult, wanted: str) -> str:
    """The id of the wanted metric, given by id or short name; empty: the leading one.

    Raises:
        EvaluationError: It was not measured.
    """
    metric = wanted or leading_metric(result)
    if id := metric_called(metric, result.scores):
        return id
    raise EvaluationError(f"the result on {result.benchmark} has no {metric}; it has {', '.join(result.scores)}")


def _amount(value: float, unit: str) -> str:
    return f"{signed(abs(value), unit)[1:]} {unit}".strip()


def _words(name: str) -> str:
    return name.replace("_mb", " in MiB").replace("_", " ")


def _against(challenger: Scorecard, champion: Scorecard | None) -> str:
    if champion is None:
        return " (no champion to compare with)"
    factor = challenger.cost.seconds_per_megapixel / champion.cost.seconds_per_megapixel
    return f", {factor:.2f} times the champion's"


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "no device"
