"""A plan of a sweep, for the tests of what carries it out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from burnish.recipe.document import Recipe
from burnish_flows.data.dataset import Pin
from burnish_flows.retrain.snapshot import Run
from burnish_flows.runners import Runner
from burnish_flows.sweep.plan import SweepPlan
from burnish_flows.sweep.space import Range

NOISE = {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}}


@pytest.fixture
def plan(tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> SweepPlan:
    monkeypatch.setattr(os, "environ", {**os.environ, "MLFLOW_TRACKING_URI": store})
    monkeypatch.chdir(tmp_path)  # where MLflow keeps the files of a store that is not the project's own
    recipe = Recipe.model_validate(
        {"model": "denoise", "restorer": {"id": "cnn/dncnn"}, "degrader": NOISE, "training": {"budget": {"steps": 1}}}
    )
    run = Run(
        recipe_path=tmp_path / "r.yaml", recipe=recipe, project=tmp_path, fingerprint="a" * 64,
        pin=Pin(root="data", md5="d", files=0, bytes=0), plugins={}, tracking_uri=store, quiet=True,
    )  # fmt: skip
    return SweepPlan(
        run=run, space={"training.learning_rate": Range(low=1e-4, high=1e-2, log=True)}, metric="validation",
        benchmark="", maximise=True, budget=None, seed=0, trials=2, runner=Runner(kind="threads", workers=1),
    )  # fmt: skip
