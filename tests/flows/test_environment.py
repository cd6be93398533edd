"""Where a project is, and what is set before Prefect, MLflow and DVC are imported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from burnish_flows.environment import Project, artifact_location, create, find_project, prepare, tracking_uri


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "MLFLOW_")) and k.upper() != "NO_PROXY"
    }
    monkeypatch.setattr(os, "environ", kept)


@pytest.mark.parametrize("mark", [".dvc", ".git", "pyproject.toml"])
def test_a_recipe_belongs_to_the_nearest_marked_folder_above_it(tmp_path: Path, mark: str) -> None:
    (tmp_path / "outer" / ".git").mkdir(parents=True)
    inner = tmp_path / "outer" / "inner"
    inner.mkdir()
    (inner / mark).touch()
    assert find_project(inner / "recipes" / "deep" / "denoise.yaml").root == inner


def test_without_a_mark_the_current_folder_is_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_project(Path("/nowhere/recipe.yaml")).root == tmp_path


def test_the_embedded_defaults_live_below_the_project_and_are_ignored_by_git(tmp_path: Path) -> None:
    project = Project(root=tmp_path)
    create(project)
    assert tracking_uri() == f"sqlite:///{tmp_path}/.burnish/mlflow.db"
    assert artifact_location(project) == (tmp_path / ".burnish" / "artifacts").as_uri()
    assert os.environ["PREFECT_HOME"] == f"{tmp_path}/.burnish/prefect"
    assert "PREFECT_API_URL" not in os.environ
    assert (tmp_path / ".burnish" / ".gitignore").read_text() == "*\n"


def test_what_the_user_has_set_stays(tmp_path: Path) -> None:
    os.environ["MLFLOW_TRACKING_URI"] = "http://models.example:5000"
    os.environ["PREFECT_LOGGING_LEVEL"] = "DEBUG"
    project = Project(root=tmp_path)
    prepare(project)
    assert tracking_uri() == "http://models.example:5000"
    assert os.environ["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    assert artifact_location(project) is None


def test_telemetry_is_off_for_all_three(tmp_path: Path) -> None:
    os.environ.pop("DO_NOT_TRACK", None)
    prepare(Project(root=tmp_path))
    assert os.environ["DO_NOT_TRACK"] == "true"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["DVC_NO_ANALYTICS"] == "1"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_the_loopback_is_added_to_the_hosts_that_no_proxy_serves(tmp_path: Path) -> None:
    os.environ["NO_PROXY"] = "internal.example,localhost"
    prepare(Project(root=tmp_path))
    assert os.environ["NO_PROXY"] == "internal.example,localhost,127.0.0.1"


def test_preparing_writes_nothing_and_without_a_store_of_its_own_a_project_uses_the_users_cache(
    tmp_path: Path,
) -> None:
    os.environ["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    project = Project(root=tmp_path)
    prepare(project)
    assert list(tmp_path.iterdir()) == []
    assert project.cache == tmp_path / "cache" / "burnish"
    create(project)
    assert project.cache == tmp_path / ".burnish" / "cache"


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    prepare(Project(root=tmp_path))
    before = dict(os.environ)
    prepare(Project(root=tmp_path))
    assert dict(os.environ) == before
