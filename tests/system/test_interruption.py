"""Ctrl-C on a real terminal, a request to terminate, a closed terminal: one line, nothing left running, it goes on."""

from __future__ import annotations

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from workshop import BURNISH, WANTED, Project, environment, until

pytestmark = [pytest.mark.slow, pytest.mark.system]


LEAD = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may run these tests
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Takes the terminal for its own and becomes the command."""


class Terminal:
    """A command in the foreground of a terminal of its own."""

    def __init__(self, project: Project, *words: str) -> None:
        self._screen, end = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", LEAD, *BURNISH, *words], cwd=project.root, stdin=end, stdout=end, stderr=end,
            start_new_session=True, env={**environment(), "TERM": "xterm", "COLUMNS": "150"},
        )  # fmt: skip
        os.close(end)
        self.seen = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while text := os.read(self._screen, 65536):
                self.seen += text.decode(errors="replace")
        except OSError:  # all have left it
            return

    def shows(self, text: str) -> None:
        """Wait until it has been on the screen, or the command is over."""
        until(lambda: text in self.seen or self.process.poll() is not None, 300)

    def press_ctrl_c(self) -> None:
        """The terminal sends SIGINT to all in its foreground."""
        os.write(self._screen, b"\x03")

    def close(self) -> None:
        """The terminal sends SIGHUP."""
        os.close(self._screen)

    def wait(self) -> int:
        """The exit status."""
        return self.process.wait(300)

    @property
    def lines(self) -> list[str]:
        """The lines that stay, without colours and without what is drawn over."""
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen)
        return [line.rpartition("\r")[2].strip() for line in plain.replace("\r\n", "\n").split("\n")]


def left_in(project: Project) -> list[str]:
    """Processes that run in the project."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == project.root and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return found


def asked(project: Project, store: str, query: str) -> list[str]:
    with sqlite3.connect(f"file:{project.root / '.burnish' / store}?mode=ro", uri=True) as database:
        return [str(value) for (value,) in database.execute(query)]


def checkpoints(project: Project) -> list[Path]:
    return list((project.root / ".burnish" / "work").glob("*/checkpoints-*/step-*.ckpt"))


RUNS = """
select runs.status from runs join experiments using (experiment_id)
where experiments.name != 'burnish.decisions' order by start_time
"""
FLOWS = "select state_name from flow_run order by created"


def interrupted_at(terminal: Terminal) -> int:
    """Press Ctrl-C in a training: the step from which the same command goes on, as its one line says it."""
    terminal.press_ctrl_c()
    assert terminal.wait() == 130, terminal.seen
    (said,) = [line for line in terminal.lines if "burnish:" in line]
    told = re.fullmatch(r"burnish: interrupted at step (\d+); the same command resumes from (there|step (\d+))", said)
    assert told is not None, said
    assert "Traceback" not in terminal.seen
    return int(told[3] or told[1])


def test_ctrl_c_in_a_retraining_says_where_it_goes_on_and_the_same_command_does_so_to_the_bit(
    alone: Project, prefect_api: str
) -> None:
    alone.recipe("whole.yaml", 120, **{"model: tiny": "model: whole"})
    alone.recipe("tiny.yaml", 120)
    terminal = Terminal(alone, "retrain", "tiny.yaml")
    until(lambda: checkpoints(alone), 300)
    step = interrupted_at(terminal)
    until(lambda: not left_in(alone))
    assert step == max(int(file.name[5:14]) for file in checkpoints(alone))
    assert asked(alone, "mlflow.db", RUNS) == ["KILLED"]
    assert asked(alone, "prefect/prefect.db", FLOWS) == ["Cancelled"]
    alone.settings["PREFECT_API_URL"] = prefect_api  # the embedded server takes its time
    result = alone.retrain("tiny.yaml")
    assert result["training"]["resumed_at"] == step
    alone.retrain("whole.yaml")
    assert asked(alone, "mlflow.db", RUNS) == ["FINISHED", "FINISHED"], "it went on in the same run"
    sums = asked(alone, "mlflow.db", "select value from tags where key = 'weights_sha256'")
    assert len(sums) == 2
    assert len(set(sums)) == 1


@pytest.mark.long
def test_ctrl_c_in_a_training_by_two_processes_ends_both_and_the_same_command_goes_on_to_the_bit(
    alone: Project,
) -> None:
    alone.recipe("tiny.yaml", 60, **{"cores: 1": "cores: 2\n  devices: 2"})
    words = ["train", "tiny.yaml", "--out", "bundle", "--work", "work"]
    terminal = Terminal(alone, *words)
    until(lambda: list((alone.root / "work").glob("step-*.ckpt")), 300)
    step = interrupted_at(terminal)
    until(lambda: not left_in(alone))
    assert step == max(int(file.name[5:14]) for file in (alone.root / "work").glob("step-*.ckpt"))
    alone.burnish(*words)
    alone.burnish("train", "tiny.yaml", "--out", "whole", "--work", "other")
    sums = [
        json.loads((alone.root / name / "bundle.json").read_text())["weights_sha256"] for name in ("bundle", "whole")
    ]
    assert sums[0] == sums[1]


@pytest.mark.long
@pytest.mark.parametrize("how", ["SIGHUP", "SIGTERM"])
def test_told_to_terminate_or_left_by_its_terminal_it_ends_the_same_way(alone: Project, how: str) -> None:
    alone.recipe("tiny.yaml", 20_000)
    terminal = Terminal(alone, "retrain", "tiny.yaml")
    until(lambda: checkpoints(alone), 300)
    if how == "SIGTERM":
        terminal.process.terminate()
    else:
        terminal.close()
    assert terminal.wait() == {"SIGTERM": 143, "SIGHUP": 129}[how]
    until(lambda: not left_in(alone))
    assert asked(alone, "mlflow.db", RUNS) == ["KILLED"]
    assert asked(alone, "prefect/prefect.db", FLOWS) == ["Cancelled"]


@pytest.mark.long
def test_after_sigkill_the_next_run_ends_the_dead_ones_run_in_mlflow(alone: Project) -> None:
    alone.recipe("tiny.yaml", 20_000)
    terminal = Terminal(alone, "retrain", "tiny.yaml")
    until(lambda: checkpoints(alone), 300)
    until(lambda: asked(alone, "mlflow.db", RUNS) == ["RUNNING"])
    terminal.process.kill()
    terminal.wait()
    until(lambda: not left_in(alone))
    assert asked(alone, "mlflow.db", RUNS) == ["RUNNING"]
    alone.retrain(alone.recipe("other.yaml", 10))
    assert asked(alone, "mlflow.db", RUNS) == ["KILLED", "FINISHED"]


STAGES = ("checking", "starting", "snapshot", "Training", "noise25", "tiny: register", "tiny: decide", "tiny: report")


@pytest.mark.long
def test_ctrl_c_in_any_stage_is_one_line_and_the_same_command_goes_on(alone: Project) -> None:
    alone.recipe("tiny.yaml", 40)
    for stage in STAGES:
        terminal = Terminal(alone, "retrain", "tiny.yaml")
        terminal.shows(stage)
        terminal.press_ctrl_c()
        assert terminal.wait() in {130, 0}, terminal.seen  # 0: it was over by then
        assert "Traceback" not in terminal.seen, (stage, terminal.seen)
        assert len([line for line in terminal.lines if line.startswith("burnish:")]) <= 1
        until(lambda: not left_in(alone))
    assert alone.retrain("tiny.yaml")["version"] == "1"


@pytest.mark.long
@pytest.mark.long
@pytest.mark.parametrize("runner", ["processes:2", "threads:2", "dask:2"])
def test_a_batch_leaves_no_worker_behind_and_goes_on(alone: Project, runner: str) -> None:
    words = ["batch", "pictures", "out", "--restorer", "classical/nlm", "--sigma", "0.05", "--runner", runner]
    terminal = Terminal(alone, *words)
    terminal.shows("Restoring")
    terminal.press_ctrl_c()
    assert terminal.wait() in {130, 0}, terminal.seen
    assert "Traceback" not in terminal.seen, terminal.seen
    until(lambda: not left_in(alone))
    alone.burnish(*words, "--quiet")
    assert len(list((alone.root / "out").rglob("*.png"))) == len(WANTED)


def test_up_ends_its_services_on_ctrl_c(alone: Project) -> None:
    terminal = Terminal(alone, "up", "--prefect-port", "0", "--mlflow-port", "0")
    terminal.shows("Ctrl-C ends them")
    terminal.press_ctrl_c()
    assert terminal.wait() == 0, terminal.seen
    assert "Traceback" not in terminal.seen
    until(lambda: not left_in(alone))
