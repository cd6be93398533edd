"""Whether a baseline beats a model. For a first version ``burnish/gain`` decides by it; later it is a warning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from burnish.evaluation.scorecard import JsonRecord, Scorecard
from burnish.evaluation.statistics.compare import best_of, leading_metric, signed

CHOSEN = "baselines"
"""Key of a scorecard's lineage: how the baselines were chosen where nobody named any, with a sentence as ``note``."""


def note(model: Scorecard) -> str:
    """How the baselines that a model is compared with were chosen; empty: they were named, or there are none."""
    chosen = model.lineage.get(CHOSEN)
    return str(chosen.get("note", "")) if isinstance(chosen, Mapping) else ""


class Beaten(JsonRecord):
    """The best baseline on one benchmark, where it is better than the model on the leading metric."""

    benchmark: str
    metric: str
    unit: str
    baseline: str
    """As its scorecard calls it."""
    baseline_mean: float
    model_mean: float
    by: float
    """How much better it is, above zero, in the metric's unit."""

    def sentence(self, model: str = "it") -> str:
        """``a baseline beats it on noise: classical/nlm has 30.100 dB, it has 29.000 dB (…), worse by 1.100 dB``."""
        unit = f" {self.unit}" if self.unit else ""
        shown = [signed(value, self.unit) for value in (self.baseline_mean, self.model_mean, self.by)]
        theirs, own, by = (text.lstrip("+") for text in shown)
        return (
            f"a baseline beats {model} on {self.benchmark}: {self.baseline} has {theirs}{unit}, "
            f"{model} has {own}{unit} ({self.metric}), worse by {by}{unit}"
        )


def beaten(model: Scorecard, baselines: Iterable[Scorecard]) -> Iterator[Beaten]:
    """Where the best baseline is better than the model, benchmark by benchmark; only equal questions are compared."""
    cards = list(baselines)
    for name, result in model.results.items():
        metric = leading_metric(result)
        best = best_of(cards, result, metric)
        if best is None:
            continue
        own, rival = result.scores[metric], best.results[name].scores[metric]
        by = (rival.mean - own.mean) if own.higher_is_better else (own.mean - rival.mean)
        if by > 0:
            yield Beaten(
                benchmark=name,
                metric=metric,
                unit=own.unit,
                baseline=best.subject,
                baseline_mean=rival.mean,
                model_mean=own.mean,
                by=by,
            )
