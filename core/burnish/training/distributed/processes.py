"""Trains in several processes of this machine: starts them, passes on their messages, and never leaves one behind.

``torch.distributed.run`` starts them, never Lightning's own launcher, which executes the whole program again. What they
need goes to them as JSON; plugins they find by id among what is installed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from burnish import errors
from burnish.console import interruption
from burnish.console.interruption import SIGNALS
from burnish.console.progress import visible
from burnish.errors import BurnishError, ConfigError, TrainingError
from burnish.events import Notify
from burnish.plugins.catalog import Catalog
from burnish.plugins.catalog import installed as installed_catalog
from burnish.training.checkpoint.files import is_being_written
from burnish.training.checkpoint.resuming import tell_interrupted
from burnish.training.distributed.messages import OUTPUT, Listener
from burnish.training.distributed.process import STOP, ProcessJob
from burnish.training.plan import FitJob, Plan

_GLANCE = 0.1
"""Seconds between looks at what the processes tell."""

_PATIENCE = 10.0
"""Seconds that the processes have to end once they must."""

_GRACE = 2.0
"""Seconds that they have for their step when they are interrupted; saving it may take longer."""

_LAUNCHER = 1.0
"""Seconds that an interrupted launcher has to be gone."""

_FAILED = re.compile(r"failed \(exitcode: (-?\d+)\) local_rank: (\d+)")
"""How ``torch.distributed.run`` names the first process that failed."""


def fit_together(plan: Plan, fit_job: FitJob, *, project: Path, catalog: Catalog, notify: Notify) -> None:
    """As ``fitting.fit``, in ``plan.world`` processes: one for each GPU (NCCL), or on the CPU (gloo).

    Interrupted (Ctrl-C, SIGTERM, SIGHUP), all end after the same step, which is saved, unless that takes too long or
    the signal comes again. Any other exception ends them at once, and so does the death of this process.

    Raises:
        TrainingError: As ``fit``, or a process died.
        ConfigError: The catalog is not what is installed.
    """
    if catalog is not installed_catalog():
        raise ConfigError("several processes find only installed plugins; set training.devices to 1")
    folder, resume_from = fit_job.work / "processes", fit_job.resume_from
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    job: ProcessJob = {
        "recipe": plan.recipe.model_dump(mode="json"),
        "project": str(project.resolve()),
        "device": str(plan.device),
        "facts": dict(plan.facts),
        "work": str(fit_job.work.resolve()),
        "resume_from": str(resume_from.resolve()) if resume_from else None,
        "machines": [dict(machine) for machine in fit_job.machines],
        "quiet": fit_job.quiet,
        "terminal": _terminal(fit_job.quiet),
        "level": logging.getLogger("burnish").getEffectiveLevel(),
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    status = _run(folder, _start(plan, folder), plan.world, Listener(folder, notify), fit_job.work)
    if status:
        raise _failure(folder, plan.world, status)
    shutil.rmtree(folder, ignore_errors=True)


def _start(plan: Plan, folder: Path) -> subprocess.Popen[bytes]:
    """The launcher, in a session of its own, so that a terminal's signals reach this process alone."""
    launch = ["torch.distributed.run", "--standalone", "--local-addr=localhost", f"--nproc_per_node={plan.world}"]
    with (folder / OUTPUT).open("wb") as output:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                *launch,
                "-m",
                "burnish.training.distributed.process",
                str((folder / "job.json").resolve()),
            ],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"TORCH_CPP_LOG_LEVEL": "ERROR", **os.environ, "OMP_NUM_THREADS": str(plan.threads)},
        )


def _run(folder: Path, process: subprocess.Popen[bytes], world: int, listener: Listener, work: Path) -> int:
    """Listen until all have ended, and see to it that they have."""
    wish = _Wish(process)
    try:
        with wish.noted():
            failed_at = None
            while process.poll() is None and (not wish.overdue or is_being_written(work)):
                listener.listen()
                ended = len(list(folder.glob("error-*.json")))
                if wish.number and ended == world:
                    break  # all have saved their step
                if failed_at is None and ended:
                    failed_at = time.monotonic()
                if failed_at is not None and time.monotonic() - failed_at > 1.0:
                    break  # the others may wait for the one that failed for ever
                time.sleep(_GLANCE)
    finally:
        _end(process, _LAUNCHER if wish.number else _PATIENCE)
        listener.listen()
        if wish.number:
            tell_interrupted(work)
    wish.deliver()
    if wish.number and not next(folder.glob("error-*.json"), None):
        raise TrainingError(
            "received a termination signal during a step; run it again to resume from the last checkpoint"
        )
    return process.returncode


def _end(process: subprocess.Popen[bytes], patience: float) -> None:
    """Close their standard input, at which the processes leave; the launcher follows, or is made to."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Wish:
    """That the training ends: a signal which the processes are told of, to save their step and leave."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._before: dict[int, Callable[[int, FrameType | None], object] | int] = {}
        self._when = 0.0
        self.number = 0
        """The signal; 0: none came."""

    @property
    def overdue(self) -> bool:
        """Whether they had time enough."""
        return self.number != 0 and time.monotonic() - self._when > _GRACE

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Within it the first signal asks the processes, and the second one is passed on at once."""
        if threading.current_thread() is threading.main_thread():
            handlers = {number: signal.getsignal(number) for number in SIGNALS}
            self._before = {n: one for n, one in handlers.items() if one not in (signal.SIG_IGN, None)}
        for number in self._before:
            signal.signal(number, self._come)
        try:
            yield
        finally:
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def deliver(self) -> None:
        """Pass it on, if it came: it is raised, unless nobody but the system handled it."""
        handler = self._before.get(self.number)
        if callable(handler):
            handler(self.number, None)

    def _come(self, number: int, frame: object) -> None:
        if self.number:
            if time.monotonic() - self._when > interruption.APART:
                self.deliver()
            return
        self.number, self._when = number, time.monotonic()
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            os.write(self._process.stdin.fileno(), STOP)


def _terminal(quiet: bool) -> str | None:
    """The name of the terminal on which the first process shows its bar."""
    if not visible(quiet):
        return None
    try:
        return os.ttyname(sys.stderr.fileno())
    except OSError:
        return None


def _failure(folder: Path, processes: int, status: int) -> BurnishError:
    """The error that one process would have raised: the first by time, or the sudden death of one."""
    text = (folder / OUTPUT).read_text(encoding="utf-8", errors="replace")
    died = _FAILED.search(text)
    if died and int(died[1]) == -signal.SIGTERM:
        return TrainingError("received a termination signal before its first step; run it again to resume")
    if died and int(died[1]) < 0:
        name = signal.Signals(-int(died[1])).name
        return TrainingError(
            f"process {int(died[2]) + 1} of {processes} was ended by {name}, perhaps because memory ran out; run it "
            "again to resume from the last checkpoint"
        )
    told = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("error-*.json")]
    if told:
        first = min(told, key=lambda record: int(record["time"]))
        kind = getattr(errors, first["kind"], TrainingError)
        made: BurnishError = kind(first["message"])
        return made
    lines = [line for line in text.splitlines() if line.strip()]
    said = f": {' '.join(lines[-1].split())}" if lines else ""
    return TrainingError(f"{processes} processes ended with status {status}{said}; see {folder / OUTPUT}")
