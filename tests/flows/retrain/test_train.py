from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.errors import TrainingError
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import read_bundle
from burnish.training.checkpoint.files import write_checkpoint
from burnish_flows.data.dataset import Pin
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Trained
from burnish_flows.retrain.train import train


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for split in ("train", "validation"):
        (tmp_path / "data" / split).mkdir(parents=True)
        pixels = np.random.default_rng(len(split)).integers(0, 256, (32, 40, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "data" / split / "a.png"), cv2.GaussianBlur(pixels, (0, 0), 2))
    return tmp_path


def run_of(project: Path, steps: int = 4, **training: Any) -> Run:
    recipe = Recipe.model_validate(
        {
            "model": "denoise",
            "restorer": {"id": "cnn/dncnn", "config": {"depth": 3, "features": 8}},
            "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
            "training": {
                "budget": {"steps": steps},
                "patch": 16,
                "batch": 2,
                "precision": "fp32",
                "cores": 1,
                **training,
            },
        }
    )
    return Run(
        recipe_path=project / "r.yaml",
        recipe=recipe,
        project=project,
        fingerprint="b" * 64,
        pin=Pin(root="data", md5="x", files=0, bytes=0),
        plugins={},
        tracking_uri="sqlite://",
        quiet=True,
    )


def test_who_listens_is_told_of_start_progress_validations_and_end(project: Path) -> None:
    heard: list[str] = []
    train(run_of(project, validate_every=2), lambda hook, event: heard.append(hook))
    assert (heard[0], heard[-1]) == ("on_training_started", "on_training_ended")
    assert heard.count("on_epoch_ended") == 2
    assert "on_training_progressed" in heard


def test_a_training_leaves_a_bundle_with_its_lineage(project: Path) -> None:
    trained = train(run_of(project))
    bundle = read_bundle(trained.bundle)
    assert (trained.steps, trained.resumed_at) == (4, 0)
    assert bundle.lineage["data"]["md5"] == "x"
    assert bundle.lineage["fingerprint"] == "b" * 64


def test_the_same_run_finds_its_training_done(project: Path) -> None:
    first = train(run_of(project))
    before = (first.bundle / "weights.safetensors").stat().st_mtime_ns
    again = train(run_of(project))
    assert again.bundle == first.bundle
    assert (again.bundle / "weights.safetensors").stat().st_mtime_ns == before


def dies_after(monkeypatch: pytest.MonkeyPatch, checkpoints: int) -> None:
    """The training's process is lost once so many checkpoints were written."""
    from burnish.training.callbacks import checkpoints as module

    written: list[int] = []

    def write(checkpoint: Any, folder: Path, *, step: int) -> Path:
        file = write_checkpoint(checkpoint, folder, step=step)
        written.append(step)
        if len(written) == checkpoints:
            raise MemoryError("killed")
        return file

    monkeypatch.setattr(module, "write_checkpoint", write)


def manifest(trained: Trained) -> dict[str, Any]:
    return dict(read_bundle(trained.bundle).training)


def test_another_kind_of_machine_goes_on_and_the_bundle_says_that_it_cannot_be_made_again(
    project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        dies_after(patch, 1)
        with pytest.raises(TrainingError, match="killed"):
            train(run_of(project, checkpoint_every=2))
    other = train(run_of(project, checkpoint_every=2, cores=2))
    assert (other.resumed_at, other.steps) == (2, 4)
    assert manifest(other)["reproducible"] is False
    assert [(machine["from_step"], machine["threads"]) for machine in manifest(other)["machines"]] == [(0, 1), (2, 2)]
    assert "another kind of machine (threads 1 → 2)" in caplog.text
    kept = {path.name for path in run_of(project).work.iterdir() if path.name.startswith("checkpoints")}
    assert kept == {"checkpoints-cpu-1", "checkpoints-cpu-2"}


def test_a_machine_goes_on_from_the_checkpoint_of_its_own_kind_although_another_came_further(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cores, count in ((1, 1), (2, 1)):
        with monkeypatch.context() as patch:
            dies_after(patch, count)
            with pytest.raises(TrainingError, match="killed"):
                train(run_of(project, 6, checkpoint_every=2, cores=cores))
    own = train(run_of(project, 6, checkpoint_every=2, cores=1))
    assert own.resumed_at == 2
    assert manifest(own)["reproducible"] is True
    assert read_bundle(own.bundle).weights_sha256 == undisturbed(project)


def undisturbed(project: Path) -> str:
    run = run_of(project, 6, checkpoint_every=2).model_copy(update={"fingerprint": "c" * 64})
    return read_bundle(train(run).bundle).weights_sha256


def test_what_another_kind_of_machine_has_finished_is_not_trained_again(project: Path) -> None:
    first = train(run_of(project))
    sha = read_bundle(first.bundle).weights_sha256
    assert train(run_of(project, cores=2)).resumed_at == 4
    (first.bundle / "weights.safetensors").unlink()
    again = train(run_of(project, cores=2))
    assert again.resumed_at == 4
    assert read_bundle(again.bundle).weights_sha256 == sha
    assert manifest(again)["reproducible"] is True
    assert manifest(again)["threads"] == 1
