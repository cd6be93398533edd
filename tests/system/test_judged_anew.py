"""A fault in what judges a model costs seconds, and mending it trains nothing again."""

from __future__ import annotations

from pathlib import Path

import pytest
from workshop import BASELINE, small_project


@pytest.mark.system
@pytest.mark.long
def test_a_mistyped_folder_is_refused_before_training_and_another_benchmark_trains_nothing_again(
    tmp_path: Path,
) -> None:
    project = small_project(tmp_path / "project")
    wrong = project.recipe("wrong.yaml", 6, **{"- name: noise25": "- name: noise25\n    clean: tset"})
    told = project.burnish("retrain", wrong, status=1)
    assert "benchmarks.0.clean: " in told and "did you mean test?" in told and told.count("\n") == 1
    assert not (project.root / ".burnish" / "work").exists()

    first = project.retrain(project.recipe("a.yaml", 6))
    assert first["training"]["taken_from"] == ""
    second = project.retrain(project.recipe("b.yaml", 6, **{"noise25": "noise"}))
    assert (second["version"], second["training"]["taken_from"]) == ("2", "1")
    assert second["figures"]["noise"]["means"].keys() == {
        "degraded", BASELINE, "champion v1", "challenger v2",
    }  # fmt: skip
    assert second["figures"]["noise"]["means"]["challenger v2"] == second["figures"]["noise"]["means"]["champion v1"]
    assert second["outcome"] == "rejected", "a tie never promotes"


@pytest.mark.system
@pytest.mark.long
def test_a_flavour_is_added_to_the_champion_without_training_and_a_person_promotes_it(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the extra burnish[onnx] is not installed")
    import mlflow.onnx

    project = small_project(tmp_path / "project")
    assert project.retrain(project.recipe("a.yaml", 6))["champion"] == "1"
    recipe = project.recipe("b.yaml", 6, **{"model: tiny": "model: tiny\nflavours: [onnx]"})
    second = project.retrain(recipe)
    assert (second["version"], second["training"]["taken_from"], second["outcome"]) == ("2", "1", "rejected")
    assert project.retrain(recipe)["outcome"] == "unchanged"
    project.burnish("promote", "tiny:2")
    mlflow.set_tracking_uri(f"sqlite:///{project.root / '.burnish' / 'mlflow.db'}")
    network = mlflow.onnx.load_model("models:/tiny@champion")
    assert [one.name for one in network.graph.input] == ["picture"]
    project.burnish("restore", "pictures/test/coffee.png", "clear.png", "--model", "tiny@champion")
