"""A failed step is named with its culprit, and no command that the check runs reports to anybody."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from release.reporting import FailedError, Steps, run


def test_a_failed_command_is_shown_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match=r"(?s)ended with status 3\nthe reason$"):
        run([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"], cwd=tmp_path)


def test_commands_see_nothing_of_the_repository_and_send_no_telemetry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "core")
    monkeypatch.setenv("BURNISH_BLOCK", "cnn")
    told = run([sys.executable, "-c", "import os; print(dict(os.environ))"], cwd=tmp_path)
    assert "PYTHONPATH" not in told
    assert "BURNISH_BLOCK" not in told
    assert "'DO_NOT_TRACK': 'true'" in told


def test_steps_are_listed_with_their_time_and_the_failed_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps()
    with steps.step("first"):
        pass
    with pytest.raises(FailedError, match="second: because"), steps.step("second"):
        raise FailedError("because")
    steps.notes.append("something to know")
    steps.summary()
    said = capsys.readouterr().out
    assert "second … FAILED" in said
    assert "note: something to know" in said
    assert [name for name, _ in steps.done] == ["first"]
