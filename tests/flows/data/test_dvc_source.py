"""A DVC dataset goes through MLflow and comes back as the same source, which fetches the very bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import mlflow.data
import pytest
from burnish_flows.data import dataset
from burnish_flows.data.dataset import Pin
from burnish_flows.data.dvc_source import DvcSource, dataset_input
from burnish_flows.environment import Project
from burnish_flows.registry.store import Registry
from mlflow.data.dataset_source_registry import register_dataset_source


def test_a_logged_dataset_comes_back_with_project_path_hash_and_revision(registry: Registry, tmp_path: Path) -> None:
    pin = Pin(root="data", md5="0" * 32 + ".dir", files=1, bytes=1, git_revision="c" * 40, committed=True)
    run_id = registry.client.create_run(registry.client.create_experiment("e")).info.run_id
    registry.client.log_inputs(run_id, datasets=[dataset_input(tmp_path, pin, context="training")])
    (logged,) = registry.client.get_run(run_id).inputs.dataset_inputs
    assert (logged.dataset.name, logged.dataset.digest) == ("data", pin.md5)
    assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "training"}
    register_dataset_source(DvcSource)
    source = mlflow.data.get_source(logged)
    assert source.to_dict() == {"repo": str(tmp_path), "path": "data", "md5": pin.md5, "rev": "c" * 40}


def test_without_a_commit_that_records_it_the_hash_alone_names_the_data(tmp_path: Path) -> None:
    pin = Pin(root="data", md5="0" * 32 + ".dir", files=1, bytes=1, git_revision="c" * 40)
    assert '"rev": ""' in dataset_input(tmp_path, pin, context="training").dataset.source


def test_the_source_fetches_the_data_of_its_revision_and_not_those_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    project = Project(root=tmp_path / "project")
    picture = project.root / "data" / "train" / "a.txt"
    picture.parent.mkdir(parents=True)
    picture.write_text("first")
    git = ["git", "-C", str(project.root), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git[:3], "init", "-q"], check=True)
    dataset.dvc_repo.initialise(project.root)
    dataset.dvc_repo.add(project.root, "data")
    md5 = dataset.dvc_repo.recorded(project.root, "data")["md5"]  # type: ignore[index]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    revision = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    picture.unlink()
    picture.write_text("second")
    dataset.dvc_repo.add(project.root, "data")
    source = DvcSource(repo=str(project.root), path="data", md5=md5, rev=revision)
    assert (Path(source.load()) / "train" / "a.txt").read_text() == "first"
