"""The next command that writes into a project removes what dead runs left there, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from burnish.io import scratch
from burnish_flows import environment, leftovers
from burnish_flows.environment import Project

KILLED = """
import os, sys
from pathlib import Path
from burnish.io import scratch

held = []
for place in sys.argv[1:]:
    path = Path(place)
    path.mkdir(parents=True, exist_ok=True)
    held += [scratch.folder_beside(path / "out"), scratch.file_beside(path / "out")]
    held[-2].__enter__(), held[-1].__enter__()
os.kill(os.getpid(), 9)
"""
PLACES = (
    ".",
    "cache/scores",
    "cache/models",
    "reports",
    "work/0123456789abcdef",
    "work/0123456789abcdef/checkpoints-cpu-1",
    "monitor",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".burnish"


def hidden(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob(f"{scratch.PREFIX}*"))


def test_what_a_killed_process_left_anywhere_in_the_project_goes_with_the_next_command(home: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, *(str(home / place) for place in PLACES)], check=False)
    assert len(hidden(home)) == 2 * len(PLACES)
    environment.create(Project(root=home.parent))
    assert hidden(home) == []
    assert all((home / place).is_dir() for place in PLACES)


def test_what_a_living_process_writes_and_what_is_whole_stays(home: Path) -> None:
    kept = home / "cache" / "scores" / "0123"
    kept.mkdir(parents=True)
    (kept / "result.json").write_text("{}")
    (home / ".gitignore").write_text("*")
    with scratch.folder_beside(kept) as living:
        leftovers.sweep(home)
        assert living.is_dir()
    assert (kept / "result.json").is_file()
    assert (home / ".gitignore").is_file()


def test_a_training_that_was_broken_off_long_ago_is_not_thrown_away(home: Path) -> None:
    folder = home / "work" / "0123" / "checkpoints-a"
    folder.mkdir(parents=True)
    (folder / "step.ckpt").touch()
    then = time.time() - 400 * scratch.DAY
    for path in (folder / "step.ckpt", folder, folder.parent):
        os.utime(path, (then, then))
    leftovers.sweep(home)
    assert (folder / "step.ckpt").is_file()


def test_the_insides_of_mlflow_and_prefect_are_theirs(home: Path) -> None:
    theirs = home / "artifacts" / f"{scratch.PREFIX}{'0' * 16}"
    theirs.mkdir(parents=True)
    leftovers.sweep(home)
    assert theirs.is_dir()
