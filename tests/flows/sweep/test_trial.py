"""The figure that a trial is judged by, and when it has none."""

from __future__ import annotations

import pytest
from burnish_flows.sweep.trial import Figures, objective

FIGURES = Figures(steps=10, seconds=1.0, validation=30.0, metrics={"noise": {"metrics/psnr": 29.0}})


@pytest.mark.parametrize(
    ("metric", "benchmark", "figure"),
    [("validation", "", 30.0), ("metrics/psnr", "noise", 29.0), ("metrics/ssim", "noise", None), ("x", "other", None)],
)
def test_it_is_the_validation_or_a_benchmarks_metric(metric: str, benchmark: str, figure: float | None) -> None:
    assert objective(FIGURES, metric, benchmark) == figure


@pytest.mark.parametrize("changes", [{"validation": None}, {"validation": float("nan")}, {"diverged_at": 3}])
def test_a_trial_that_measured_nothing_or_diverged_has_none(changes: dict[str, float | None]) -> None:
    assert objective(FIGURES.model_copy(update=changes), "validation", "") is None
