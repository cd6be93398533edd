"""The gate for compressed models: not worse than the champion by more than a margin, and cheaper by a factor."""

from __future__ import annotations

import math
from typing import Any

from burnish.builtin.gates import metric_of, result_on
from burnish.errors import EvaluationError
from burnish.evaluation.scorecard import Scorecard
from burnish.evaluation.statistics.compare import Comparison, compare, signed
from burnish.protocols import Verdict

COSTS = {
    "seconds_per_megapixel": "s per megapixel",
    "weights_mb": "MB of weights",
    "parameters": "parameters",
    "peak_memory_mb": "MiB of memory",
}
"""What may be cheaper, and its unit."""


class NonInferior:
    """The challenger may be worse by ``delta``, beyond which chance must be ruled out, if it is cheaper by ``factor``.

    Passes when, on every benchmark asked, the lower end of the two-sided interval of the mean paired difference lies
    above −``delta``, and the champion's cost is at least ``factor`` times the challenger's. The statistics are those of
    ``evaluation.statistics.bootstrap``; the rule is that of a non-inferiority trial (Piaggio et al. 2012,
    doi:10.1001/jama.2012.87802).
    """

    def __init__(
        self,
        *,
        delta: float = 0.05,
        factor: float = 1.5,
        cost: str = "seconds_per_megapixel",
        benchmark: str = "",
        metric: str = "",
        confidence: float = 0.95,
        resamples: int = 10_000,
        seed: int = 0,
    ) -> None:
        self.delta, self.factor, self.cost = delta, factor, cost
        self.benchmark, self.metric = benchmark, metric
        self.statistics: dict[str, Any] = {"confidence": confidence, "resamples": resamples, "seed": seed}

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        """Judge the paired differences and the cost."""
        if champion is None:
            return Verdict(passed=False, reason="there is no champion that the challenger could replace at less cost")
        try:
            names = [self.benchmark] if self.benchmark else list(challenger.results)
            if not names:
                raise EvaluationError("the challenger was scored on no benchmark; add one to the recipe")
            comparisons = [self._compared(challenger, champion, name) for name in names]
        except EvaluationError as error:
            return Verdict(passed=False, reason=str(error))
        ratio, costs = self._ratio(challenger, champion)
        figures = {
            "delta": self.delta,
            "factor": self.factor,
            "cost": self.cost,
            "ratio": ratio,
            **costs,
            "comparisons": [one.as_json() for one in comparisons],
        }
        faults = [self._said(one) for one in comparisons if not one.ci_low > -self.delta]
        faults += [] if ratio >= self.factor else [self._cheaper(ratio, costs)]
        told = faults or [*map(self._said, comparisons), self._cheaper(ratio, costs)]
        return Verdict(passed=not faults, reason="; ".join(told), figures=figures)

    def _compared(self, challenger: Scorecard, champion: Scorecard, name: str) -> Comparison:
        own = result_on(challenger, name)
        metric = metric_of(own, self.metric)
        if doubt := own.scores[metric].doubt:
            raise EvaluationError(f"{name} ({metric}) proves nothing: {doubt}")
        return compare(own, result_on(champion, name), metric, **self.statistics)

    def _ratio(self, challenger: Scorecard, champion: Scorecard) -> tuple[float, dict[str, float]]:
        """The champion's cost by the challenger's; 0 where one was not measured, or on another device."""
        own, other = (float(getattr(card.cost, self.cost)) for card in (challenger, champion))
        costs = {"challenger_cost": own, "champion_cost": other}
        devices = [{result.device for result in card.results.values()} for card in (challenger, champion)]
        measured = all(math.isfinite(one) and one > 0 for one in (own, other)) and devices[0] == devices[1]
        return (other / own if measured else 0.0), costs

    def _said(self, one: Comparison) -> str:
        below = "above" if one.ci_low > -self.delta else "not above"
        limit = f"{signed(-self.delta, one.unit)} {one.unit}".strip()
        return f"{one.benchmark} ({one.metric}): {one.sentence()}; the lower end is {below} {limit}"

    def _cheaper(self, ratio: float, costs: dict[str, float]) -> str:
        if not ratio:
            return f"{self.cost} was not measured for both on one device"
        unit = COSTS[self.cost]
        beside = f"{costs['challenger_cost']:.4g} {unit}, the champion's {costs['champion_cost']:.4g}"
        return f"{beside}: {ratio:.2f} times less{'' if ratio >= self.factor else f', {self.factor:.4g} are asked'}"
