"""What the version before has left still works: bundle, checkpoint, registry, deployment (``former/README.md``)."""

from __future__ import annotations

import json
import lzma
import sqlite3
import subprocess
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import torch
from burnish.recipe.document import read_recipe
from burnish.restorer.bundle import bundle_weights
from burnish.training.checkpoint.files import read_checkpoint, write_checkpoint
from PIL import Image
from team import completed, status, up
from workshop import Project

pytestmark = [pytest.mark.slow, pytest.mark.system]

SAMPLE = Path(__file__).with_name("former") / "project.tar.xz"
PLACE = b"/srv/former"
"""Where the sample says that its project lies."""
LEFT = 4
"""Runs that its Prefect server knows: three retrainings and a batch."""


@pytest.fixture
def former(tmp_path: Path) -> Project:
    """The project as the version before has left it, at a place of its own."""
    root = tmp_path / "project"
    with lzma.open(SAMPLE) as packed, tarfile.open(fileobj=packed) as tar:
        tar.extractall(root, filter="data")
    for file in (found for found in root.rglob("*") if found.is_file()):
        if PLACE in (data := file.read_bytes()):
            file.write_bytes(data.replace(PLACE, str(root).encode()))
    for dump in root.rglob("*.sql"):
        with sqlite3.connect(dump.with_suffix(".db")) as store:
            store.executescript(dump.read_text(encoding="utf-8"))
        store.close()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Project(root)


@pytest.fixture
def served(former: Project, prefect_api: str) -> Project:
    """The same, with the server that tests share, which spares each command one of its own."""
    former.settings["PREFECT_API_URL"] = prefect_api
    return former


def levels(path: Path) -> np.ndarray[Any, Any]:
    """The 8 bit values of a picture."""
    return np.asarray(Image.open(path))


def test_a_bundle_restores_to_the_same_pixels(former: Project) -> None:
    former.burnish("restore", "degraded.png", "now.png", "--bundle", "bundles/muon")
    np.testing.assert_array_equal(levels(former.root / "now.png"), levels(former.root / "restored.png"))


def as_if_of_these_versions(work: Path) -> dict[str, Any]:
    """The checkpoint, written again with the present versions: a training goes on only under those of its beginning."""
    (file,) = work.glob("step-*.ckpt")
    checkpoint = read_checkpoint(file)
    facts = checkpoint["callbacks"]["Checkpoints"]["facts"]
    facts["torch"] = str(torch.__version__)
    for part, distribution in (("restorer", "burnish-cnn"), ("degrader", "burnish-degradations")):
        facts[part]["version"] = version(distribution)
    file.unlink()
    write_checkpoint(checkpoint, work, step=checkpoint["global_step"])
    return checkpoint


def test_an_interrupted_training_goes_on_from_its_checkpoint_to_the_same_weights(former: Project) -> None:
    checkpoint = as_if_of_these_versions(former.root / "work")
    assert set(checkpoint["callbacks"]) == {"Pace", "Divergence", "Selection", "Averaging", "Checkpoints"}
    train = ("train", "muon.yaml", "--work", "work", "--json", "--out")
    resumed = json.loads(former.burnish(*train, "bundles/resumed"))
    assert (resumed["resumed_at"], resumed["steps"]) == (15, 30)
    then, now = (bundle_weights(former.root / "bundles" / name) for name in ("muon", "resumed"))
    torch.testing.assert_close(now, then, rtol=0, atol=2e-3)  # the same bits on the same machine; step 15 is 0.015 away


def test_a_finished_training_is_known_by_its_bundle(former: Project) -> None:
    manifest = former.root / "bundles" / "muon" / "bundle.json"
    bundle = json.loads(manifest.read_text())
    facts = as_if_of_these_versions(former.root / "work")["callbacks"]["Checkpoints"]["facts"]
    assert bundle["training"]["facts"].keys() == facts.keys()
    bundle["training"]["facts"] = facts
    manifest.write_text(json.dumps(bundle))
    again = json.loads(former.burnish("train", "muon.yaml", "--work", "work", "--json", "--out", "bundles/muon"))
    assert again["resumed_at"] == 30, "nothing is trained again"
    assert json.loads(manifest.read_text()) == bundle


def test_the_registry_is_read_with_its_decisions_and_lineage(former: Project) -> None:
    (model,) = status(former)["models"]
    assert (model["name"], model["champion"]) == ("tiny", "2")
    decided = [(made["kind"], made["version"], made["champion_after"]) for made in former.history()]
    assert decided == [("promotion", "1", "1"), ("promotion", "2", "2"), ("rejection", "3", "2")]
    lineage = json.loads(former.burnish("lineage", "tiny:3", "--json"))
    assert lineage["data"]["md5"] in (former.root / "pictures.dvc").read_text()
    assert lineage["recipe_digest"] == read_recipe(former.root / "worse.yaml").digest(), "the recipe has not changed"


def test_the_champion_restores_to_the_same_pixels(former: Project) -> None:
    former.burnish("restore", "degraded.png", "now.png", "--model", "tiny@champion")
    np.testing.assert_array_equal(levels(former.root / "now.png"), levels(former.root / "champion.png"))


def test_mlflow_finds_the_data_and_serves_the_code_that_were_logged_with_a_version(
    former: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(former.root)
    monkeypatch.setattr(mlflow.tracking._tracking_service.utils, "_tracking_uri", None)
    mlflow.set_tracking_uri(f"sqlite:///{former.root / '.burnish' / 'mlflow.db'}")
    (run, *_) = mlflow.search_runs(experiment_names=["burnish/tiny"], output_format="list")
    assert mlflow.data.get_source(run.inputs.dataset_inputs[0].dataset).repo == str(former.root)
    model = mlflow.pyfunc.load_model("models:/tiny@champion")
    degraded = levels(former.root / "degraded.png").astype(np.float32).transpose(2, 0, 1)[None] / 255
    estimate = np.rint(model.predict(degraded)[0].transpose(1, 2, 0) * 255)
    np.testing.assert_array_equal(estimate, levels(former.root / "champion.png"))


def test_a_new_challenger_is_judged_against_the_former_champion_which_can_be_rolled_back(served: Project) -> None:
    result = served.retrain("first.yaml")
    assert (result["version"], result["outcome"], result["champion"]) == ("4", "rejected", "2")
    means = result["figures"]["noise25"]["means"]
    assert means["champion v2"] > means["challenger v4"]
    served.burnish("rollback", "tiny", "--reason", "a test")
    assert [(made["kind"], made["champion_after"]) for made in served.history()][3:] == [
        ("rejection", "2"),
        ("rollback", "1"),
    ]
    assert "nothing changed" in served.burnish("retrain", "first.yaml")


def test_a_batch_takes_up_the_folder_and_says_that_it_redoes_what_other_code_made(served: Project) -> None:
    before = levels(served.root / "batch-out" / "a.png")
    words = ("batch", "batch-in", "batch-out", "--bundle", str(served.root / "bundles" / "muon"))
    assert "the existing pictures came from another model or other settings" in served.burnish(*words)
    np.testing.assert_array_equal(levels(served.root / "batch-out" / "a.png"), before)
    assert "1 were done before" in served.burnish(*words)


@pytest.mark.long
def test_a_deployment_runs_by_the_name_that_the_server_has_of_the_flow_and_can_be_changed(former: Project) -> None:
    with up(former):
        (deployment,) = status(former)["deployments"]
        assert deployment["name"] == "retrain/tiny"
        completed(former, LEFT + 1)  # by its own trigger: the servers tell of the recorded data when they start
        assert [made["version"] for made in former.history()] == ["1", "2", "3", "4"]
        said = former.burnish("deploy", "first.yaml", "--cron", "0 4 29 2 *")
        assert "removed: cron 0 3 29 2 * (UTC)" in said
        assert "removed: when pictures changes" in said
        assert "Started run" in former.burnish("deploy", "first.yaml", "--run-now")
        completed(former, LEFT + 2)
