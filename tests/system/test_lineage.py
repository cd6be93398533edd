"""From a model to all that it was made of, and from data or a picture to every model that saw it."""

from __future__ import annotations

import json
import shutil

import burnish
import pytest
from workshop import Project

pytestmark = [pytest.mark.slow, pytest.mark.system]


@pytest.mark.long
def test_lineage_leads_forward_and_back(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    result = project.retrain(project.recipe("r.yaml", 30))
    told = json.loads(project.burnish("lineage", "tiny@champion", "--json"))
    assert (told["version"], told["aliases"], told["data"]["md5"]) == ("1", ["champion"], result["data"]["md5"])
    assert {"burnish", "burnish-cnn", "burnish-degradations"} <= told["plugins"].keys()
    assert (told["seed"], told["parent"], told["decision"]["kind"]) == (0, None, "promotion")
    assert told["environment"]["versions"]["torch"].startswith(told["libraries"]["torch"].partition("+")[0])
    readable = project.burnish("lineage", "tiny:1")
    assert (told["cause"], "cause     started manually" in readable) == ("", True)
    assert "license   Apache-2.0" in readable
    assert "trained from scratch" in readable

    test, train = (project.root / "pictures" / name for name in ("test/coffee.png", "train/astronaut.png"))
    shutil.copy(test, project.root / "renamed.png")
    first = json.loads(project.burnish("lineage", "--image", "renamed.png", "--json"))["versions"]
    assert [(seen["version"], seen["roles"]) for seen in first] == [("1", ["test"])]

    shutil.copy(train, project.root / "pictures" / "test" / "new.png")
    train.unlink()
    project.burnish("data", "add", "pictures")
    again = project.start("retrain", "r.yaml")
    said = again.communicate(timeout=600)[1]
    assert (again.returncode, "changed since v1: the data\n" in said) == (0, True), said
    both = json.loads(project.burnish("lineage", "--image", "pictures/test/new.png", "--json"))["versions"]
    assert [(seen["version"], seen["roles"]) for seen in both] == [("1", ["train"]), ("2", ["test"])]
    by_data = json.loads(project.burnish("lineage", "--data-hash", result["data"]["md5"][:8], "--json"))["versions"]
    assert [seen["version"] for seen in by_data] == ["1"]

    assert len(told["code"]["modules"]) > 50
    monkeypatch.chdir(project.root)
    for name in ("tiny@champion", "tiny:1"):
        loaded = burnish.load(name, device="cpu").bundle
        assert loaded is not None and loaded.weights_sha256 == told["weights_sha256"]

    (project.root / "other.png").write_bytes(b"never seen")
    assert project.burnish("lineage", "--image", "other.png") == "no model version saw it\n"
    assert "give exactly one of" in project.burnish("lineage", status=2)
    assert "tiny: has no 'nobody'" in project.burnish("lineage", "tiny@nobody", status=1)
