"""A sweep that is killed goes on; its trials are in MLflow, once each; the best recipe is one that retrain takes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from burnish.recipe.document import read_recipe
from burnish_flows.registry.store import Registry
from workshop import Project, end, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

TRIALS = 5
WORDS = (
    "sweep", "r.yaml", "--over", "lr=1e-3,3e-3,1e30", "--over", "restorer.config.depth=2,3", "--trials", str(TRIALS),
    "--steps", "30", "--seed", "1", "--out", "found/best.yaml", "--json",
)  # fmt: skip


@pytest.mark.long
def test_a_killed_sweep_goes_on_and_its_results_are_in_mlflow_once_each(project: Project) -> None:
    project.recipe("r.yaml", 50)
    process = project.start(*WORDS)
    try:
        until(lambda: _complete(project.root) and list(project.root.glob(".burnish/work/*/checkpoints*/*")))
        os.kill(process.pid, signal.SIGKILL)
    finally:
        end(process)
    before = _complete(project.root)
    assert 0 < before < TRIALS
    told: dict[str, Any] = json.loads(project.burnish(*WORDS))
    states = [trial["state"] for trial in told["trials"]]
    assert [trial["number"] for trial in told["trials"]] == list(range(TRIALS))
    diverged = [trial["values"]["training.learning_rate"] == 1e30 for trial in told["trials"]]
    assert states == ["diverged" if one else "complete" for one in diverged]
    assert 0 < sum(diverged) < TRIALS, "choose another seed"

    client = Registry.connected(told["mlflow"]["uri"]).client
    experiment = client.get_experiment_by_name("burnish/tiny/sweeps")
    runs = client.search_runs([experiment.experiment_id])
    nested = {run.data.tags["burnish.trial"]: run for run in runs if "mlflow.parentRunId" in run.data.tags}
    assert sorted(nested) == [str(number) for number in range(TRIALS)]
    assert len(runs) == TRIALS + 1, "one for the sweep"
    for trial in told["trials"]:
        run = nested[str(trial["number"])]
        assert run.data.tags["mlflow.parentRunId"] == told["mlflow"]["run_id"]
        assert json.loads(run.data.params["restorer.config.depth"]) == trial["values"]["restorer.config.depth"]
        assert run.data.metrics["duration_seconds"] > 0
        if trial["state"] == "complete":
            assert run.data.metrics["objective"] == trial["value"] == pytest.approx(run.data.metrics["objective"])

    best = read_recipe(project.root / "found" / "best.yaml")
    assert best.training.learning_rate == told["best"]["values"]["training.learning_rate"]
    assert best.training.budget.steps == 50
    assert told["best"]["value"] == max(trial["value"] for trial in told["trials"] if trial["value"] is not None)
    assert Registry.connected(told["mlflow"]["uri"]).exists("tiny") is False, "nothing is registered"


def _complete(root: Path) -> int:
    """How many trials have ended."""
    for path in root.glob(".burnish/sweeps/*/study.db"):
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                return int(connection.execute("select count(*) from trials where state != 'RUNNING'").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
    return 0


if find_spec("optuna") is None:
    pytestmark.append(pytest.mark.skip(reason="the extra sweep of burnish-flows is not installed"))
