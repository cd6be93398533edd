"""One trial of a sweep: train the recipe with some values, and evaluate it on its benchmarks."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field

from burnish_flows.retrain import train as training
from burnish_flows.retrain.scoring import scores as scoring
from burnish_flows.retrain.snapshot import Run


class Figures(BaseModel):
    """The result of a trial."""

    model_config = ConfigDict(frozen=True)

    steps: int
    seconds: float
    """Of training, resumed parts included."""
    resumed_at: int = 0
    """Step from which an interrupted trial resumed."""
    diverged_at: int | None = None
    """Step at which the loss became non-finite; then nothing was evaluated."""
    validation: float | None = None
    """PSNR in dB of the bundled weights on the validation crops."""
    metrics: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Benchmark → metric id → mean."""
    parameters: int = 0


def run_trial(run: Run) -> Figures:
    """Train or resume, then evaluate. Nothing is registered.

    Scores are those of a retraining with the same recipe. Times are left out, since other trials run in parallel.

    Raises:
        BurnishError: The values lead to no restorer, or to one that makes no pictures.
    """
    from burnish.inference import load_bundle
    from burnish.restorer.bundle import read_bundle

    trained = training.train(run)
    told = read_bundle(trained.bundle).training
    figures = Figures(
        steps=trained.steps,
        seconds=trained.seconds,
        resumed_at=trained.resumed_at,
        diverged_at=told.get("diverged_at"),
        validation=told.get("validation"),
    )
    if figures.diverged_at is not None:
        return figures
    loaded = load_bundle(trained.bundle)
    card = scoring.score(run, loaded, subject=f"{run.model} trial", way="beside").card
    metrics = {name: {id: one.mean for id, one in result.scores.items()} for name, result in card.results.items()}
    return figures.model_copy(update={"metrics": metrics, "parameters": loaded.parameters})


def objective(figures: Figures, metric: str, benchmark: str) -> float | None:
    """The figure that the sweep optimises; None if the trial has none.

    Args:
        figures: Of the trial.
        metric: ``validation``, or a metric's id.
        benchmark: Its name in the recipe; empty for ``validation``.
    """
    value = figures.validation if metric == "validation" else figures.metrics.get(benchmark, {}).get(metric)
    return value if value is not None and math.isfinite(value) and figures.diverged_at is None else None
