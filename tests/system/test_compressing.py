"""A champion is compressed by a recipe of ``burnish compress``, and replaced by what is as good and smaller."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from workshop import Project, small_project

pytest.importorskip("openvino", reason="the extra burnish[openvino] is not installed")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return small_project(tmp_path_factory.mktemp("compressing") / "project")


@pytest.mark.long
def test_the_compressed_champion_takes_its_parents_place(project: Project) -> None:
    recipe = project.recipe("small.yaml", 40)
    assert project.retrain(recipe)["champion"] == "1"
    told = project.burnish("compress", recipe, "--out", "small-int8.yaml")
    assert "run it with burnish retrain small-int8.yaml" in told
    text = (project.root / "small-int8.yaml").read_text()
    assert "initial: tiny@champion" in text
    assert "burnish/non-inferior" in text
    # So small a network is no faster with 8 bits; its size is judged instead.
    text = text.replace("factor: 1.5", "factor: 1.5\n    cost: weights_mb")
    (project.root / "small-int8.yaml").write_text(text)

    result = project.retrain("small-int8.yaml")
    assert (result["outcome"], result["champion"], result["champion_before"]) == ("promoted", "2", "1")
    history = json.loads(project.burnish("history", "tiny", "--json"))
    verdict = history["decisions"][-1]["judgements"][0]
    assert (verdict["gate"], verdict["passed"]) == ("burnish/non-inferior", True)
    assert verdict["figures"]["ratio"] > 1.5
    lineage = json.loads(project.burnish("lineage", "tiny@champion", "--json"))
    assert lineage["compression"]["method"] == "int8"
    assert lineage["parent"]["restorer"] == "cnn/dncnn"

    project.burnish("restore", "pictures/test/coffee.png", "clear.png", "--model", "tiny@champion")
    assert Path(project.root / "clear.png").stat().st_size > 1000
    again = project.retrain("small-int8.yaml")
    assert again["outcome"] == "unchanged"
    assert "is compressed already" in project.burnish(
        "compress", "--model", "tiny@champion", "--data", "pictures", "--out", "smaller", status=2
    )
