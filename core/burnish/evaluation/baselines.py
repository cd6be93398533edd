"""Whether a restorer without training beats a model: not a gate, but a warning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from burnish.evaluation.scorecard import JsonRecord, Scorecard
from burnish.evaluation.statistics.compare import leading_metric, signed


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

    def sentence(self) -> str:
        """``a baseline beats it on noise: classical/nlm has 30.100 dB, it has 29.000 dB (…), worse by 1.100 dB``."""
        unit = f" {self.unit}" if self.unit else ""
        shown = [signed(value, self.unit) for value in (self.baseline_mean, self.model_mean, self.by)]
        theirs, own, by = (text.lstrip("+") for text in shown)
        return (
            f"a baseline beats it on {self.benchmark}: {self.baseline} has {theirs}{unit}, "
            f"it has {own}{unit} ({self.metric}), worse by {by}{unit}"
        )


def beaten(model: Scorecard, baselines: Iterable[Scorecard]) -> Iterator[Beaten]:
    """Where the best baseline is better than the model, benchmark by benchmark; only equal questions are compared."""
    cards = list(baselines)
    for name, result in model.results.items():
        metric = leading_metric(result)
        own = result.scores[metric]
        sign = 1.0 if own.higher_is_better else -1.0
        rivals = {
            card.subject: card.results[name].scores[metric].mean
            for card in cards
            if name in card.results
            and card.results[name].digest == result.digest
            and metric in card.results[name].scores
        }
        if not rivals:
            continue
        best = max(rivals, key=lambda subject: sign * rivals[subject])
        if sign * rivals[best] > sign * own.mean:
            yield Beaten(
                benchmark=name,
                metric=metric,
                unit=own.unit,
                baseline=best,
                baseline_mean=rivals[best],
                model_mean=own.mean,
                by=sign * (rivals[best] - own.mean),
            )
