"""Other commands find what `burnish up` has running, as long as it lives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from burnish.errors import ConfigError
from burnish_flows import up_state
from burnish_flows.environment import Project, prepare, tracking_uri
from burnish_flows.locks.locking import lock_folder
from burnish_flows.up_state import Running

FOUND = Running(pid=1, since="2026-01-01", prefect="http://p/api", mlflow="http://m", store="sqlite:////s.db", pool="x")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = ("PREFECT_", "MLFLOW_", "BURNISH_")
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if not k.startswith(outside)})


def test_it_is_found_while_its_writer_holds_the_lock_and_not_afterwards(tmp_path: Path) -> None:
    with up_state.alone(tmp_path):
        up_state.write(tmp_path, FOUND)
        assert up_state.read(tmp_path) == FOUND
    assert up_state.read(tmp_path) is None


def test_what_a_killed_one_has_left_behind_does_not_count(tmp_path: Path) -> None:
    up_state.write(tmp_path, FOUND)
    assert up_state.read(tmp_path) is None


def test_a_second_one_in_the_same_project_is_refused(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from burnish_flows import up_state\n"
    code += "with up_state.alone(Path(sys.argv[1])): pass"
    with up_state.alone(tmp_path):
        up_state.write(tmp_path, FOUND)
        second = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
        )
    assert second.returncode != 0
    assert "runs already as process 1 since 2026-01-01" in second.stderr
    with pytest.raises(ConfigError), up_state.alone(tmp_path):
        raise ConfigError("the lock was free again")


def test_the_projects_commands_use_its_servers_and_its_locks(tmp_path: Path) -> None:
    project = Project(root=tmp_path)
    with up_state.alone(project.home):
        up_state.write(project.home, FOUND)
        prepare(project)
    assert tracking_uri() == "http://m"
    assert os.environ["PREFECT_API_URL"] == "http://p/api"
    assert lock_folder(tracking_uri()) == lock_folder("sqlite:////s.db"), (
        "who writes the file itself meets the same lock"
    )


def test_servers_that_the_user_names_win(tmp_path: Path) -> None:
    os.environ["MLFLOW_TRACKING_URI"] = "http://elsewhere"
    project = Project(root=tmp_path)
    with up_state.alone(project.home):
        up_state.write(project.home, FOUND)
        prepare(project)
    assert tracking_uri() == "http://elsewhere"
    assert "BURNISH_STORE" not in os.environ
