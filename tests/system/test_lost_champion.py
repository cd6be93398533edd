"""The champion is deleted in MLflow: the next run fails aloud, trains nothing twice; a good challenger follows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish_flows.registry.store import Registry
from workshop import small_project

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.system]


def test_a_run_without_champion_fails_and_offers_the_best_version_until_there_is_a_better_one(
    tmp_path: Path, prefect_api: str
) -> None:
    project = small_project(tmp_path / "project")
    project.settings["PREFECT_API_URL"] = prefect_api
    good, weak = project.recipe("good.yaml", 40), project.recipe("weak.yaml", 1)
    assert project.retrain(good)["outcome"] == "promoted"
    assert project.retrain(weak)["outcome"] == "rejected"
    registry = Registry.connected(f"sqlite:///{project.root / '.burnish' / 'mlflow.db'}")
    registry.client.delete_model_version("tiny", "1")
    error = project.burnish("retrain", weak, "--quiet", status=1).strip().splitlines()[-1]
    fact = "tiny: has no champion (v1, the champion, was deleted in MLflow); the best remaining version: "
    assert error == f"burnish: {fact}burnish promote tiny:2"
    told = [(made["kind"], made["version"], made["champion_after"]) for made in project.decisions()]
    assert told == [
        ("promotion", "1", "1"), ("rejection", "2", "1"), ("outside", "", ""), ("rejection", "2", ""),
    ], "v2 lost against one that is gone: it was judged anew, and not trained"  # fmt: skip
    assert list(registry.versions("tiny")) == ["2"]
    result = project.retrain(good)
    assert (result["outcome"], result["version"], result["champion"]) == ("promoted", "3", "3")
