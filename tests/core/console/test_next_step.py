"""A command that is printed as the next step works as it is in the folder where it is printed."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from burnish.console import next_step
from burnish.console.next_step import command


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a shell after ``make demo``: the environment's programs are not on the path."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


@pytest.mark.usefixtures("outside")
def test_the_printed_line_runs_as_it_is_in_a_shell_that_does_not_find_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["/bin/sh", "-c", command("--version")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith("burnish")


def test_where_the_shell_finds_this_program_it_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "a venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "burnish").write_text("#!/bin/sh\n")
    (programs / "burnish").chmod(0o755)
    monkeypatch.setattr(next_step.sys, "executable", str(programs / "python"))
    monkeypatch.setenv("PATH", str(programs))
    assert command("history", "it's") == "burnish history 'it'\"'\"'s'"
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    assert shlex.split(command("status")) == ["a venv/bin/burnish", "status"]


def test_a_command_that_belongs_to_a_project_elsewhere_changes_there_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "my project"
    (project / "recipes").mkdir(parents=True)
    monkeypatch.chdir(project / "recipes")
    assert "cd" not in shlex.split(command("status", folder=project))
    monkeypatch.chdir(tmp_path)
    assert shlex.split(command("status", folder=project))[:3] == ["cd", str(project), "&&"]
