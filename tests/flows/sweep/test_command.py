"""``burnish sweep`` prints its trials from the best to those without a figure, and the next command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from burnish.cli.main import main
from burnish_flows.cli import sweep
from burnish_flows.sweep import study
from burnish_flows.sweep.flow import SweepResult, TriedTrial

WORDS = ["sweep", "r.yaml", "--over", "lr=1e-3,1e30"]


def _trial(number: int, value: float | None, rate: float) -> TriedTrial:
    state = "diverged" if value is None else "complete"
    return {"number": number, "state": state, "value": value, "values": {"training.learning_rate": rate}}


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepResult:
    """What the sweep of ``r.yaml`` comes to, without one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    content = {"model": "denoise", "restorer": {"id": "cnn/dncnn"}, "training": {"budget": {"steps": 1}}}
    content["degrader"] = {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}}
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(content))
    made: SweepResult = {
        "model": "denoise", "metric": "validation", "direction": "maximise", "sweep": "0" * 16,
        "trials": [_trial(0, 29.5, 0.001), _trial(1, None, 1e30), _trial(2, 30.25, 0.002)],
        "failures": {"1": "diverged at step 3"},
        "best": {
            "trial": 2, "value": 30.25, "values": {"training.learning_rate": 0.002},
            "recipe": str(tmp_path / "found" / "best.yaml"),
        },
        "mlflow": {"uri": "sqlite:///x.db", "experiment": "burnish/denoise/sweeps", "run_id": "abc"},
    }  # fmt: skip
    monkeypatch.setattr(sweep, "_flow", lambda _: made)
    return made


@pytest.mark.parametrize(("direction", "order"), [("maximise", ["2", "0", "1"]), ("minimise", ["0", "2", "1"])])
def test_trials_are_ranked_by_the_figure_and_the_failed_are_last(
    result: SweepResult, capsys: pytest.CaptureFixture[str], direction: str, order: list[str]
) -> None:
    result["direction"] = direction
    assert main(WORDS) == 0
    printed = capsys.readouterr()
    head, *lines = printed.out.splitlines()
    assert head.split() == ["trial", "validation", "training.learning_rate"]
    assert [line.split()[0] for line in lines[:3]] == order
    assert lines[2].split() == ["1", "diverged", "1e+30"]
    best, following, where = lines[3:]
    assert best == "best: trial 2, validation 30.2500; train and register it with:"
    assert following.endswith("burnish retrain found/best.yaml")
    assert where == "MLflow: experiment burnish/denoise/sweeps, run abc (sqlite:///x.db)"
    assert printed.err == "burnish: trial 1: diverged at step 3\n"


def test_json_is_the_whole_result(result: SweepResult, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == result


def test_without_optuna_it_names_the_extra(
    result: SweepResult, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "optuna" else study)
    assert main(WORDS) == 2
    assert "pip install 'burnish-flows[sweep]'" in capsys.readouterr().err
