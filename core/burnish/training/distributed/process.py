"""One process of several that train together: ``python -m …distributed.process JOB.json``, started by ``torchrun``."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from burnish import errors
from burnish.io.atomic import write_whole
from burnish.training.distributed.messages import SAID, Teller
from burnish.training.resources.runtime import settled, world

STOP = b"stop\n"
"""What is written to standard input when the training shall end after a step that it saves."""

_GLANCE = 0.5
"""Seconds between looks at whether the launcher still lives."""

_CAUSE_FIRST = 1.0
"""Seconds that a process which has lost another one keeps silent: the launcher shall see first how that one died."""


class ProcessJob(TypedDict):
    """What each process reads, as JSON."""

    recipe: Mapping[str, object]
    project: str
    device: str
    facts: Mapping[str, object]
    work: str
    resume_from: str | None
    machines: Sequence[Mapping[str, object]]
    quiet: bool
    terminal: str | None
    """The name of the terminal on which the first process shows its bar."""
    level: int
    """From which level on it logs."""


def main(file: Path) -> int:
    """Train as one process of several; an error is written to a file for the process that started it."""
    job: ProcessJob = json.loads(file.read_text(encoding="utf-8"))
    folder = file.parent
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    rank = world()[0]
    if rank == 0:
        _speak(job, folder)
    try:
        _train(job, folder, rank)
    except errors.BurnishError as error:
        _let_the_cause_be_seen(error)
        leave_error(folder, rank, type(error).__name__, str(error))
        return 1
    except Exception as error:
        _let_the_cause_be_seen(error)
        fact = " ".join(str(error).split())
        leave_error(folder, rank, "TrainingError", f"process {rank} failed: {type(error).__name__}: {fact}")
        return 1
    return 0


def _let_the_cause_be_seen(error: BaseException) -> None:
    """Wait where the error is that another process has gone away: its own death, or its own error, tells more."""
    link: BaseException | None = error
    while link is not None:
        if type(link).__name__ in {"DistBackendError", "DistNetworkError"} or "/gloo/" in str(link):
            time.sleep(_CAUSE_FIRST)
            return
        link = link.__cause__ or link.__context__


def leave_error(folder: Path, rank: int, kind: str, message: str) -> None:
    """Write ``error-<rank>.json``, whole or not at all; the first one by time is the cause of the others."""
    record = {"time": time.time_ns(), "kind": kind, "message": message}
    write_whole(folder / f"error-{rank}.json", json.dumps(record).encode())


def _train(job: ProcessJob, folder: Path, rank: int) -> None:
    import torch

    from burnish.plugins.catalog import installed
    from burnish.recipe.document import Recipe
    from burnish.training.fitting import fit
    from burnish.training.plan import FitJob, make_plan
    from burnish.training.resources.allocator import kept_pages

    if job["device"] == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))  # else every process takes memory of the first GPU
    teller = Teller(folder)
    if rank == 0:
        teller.pass_on_logs(job["level"])
    catalog = installed()
    plan = make_plan(
        Recipe.model_validate(job["recipe"]),
        project=Path(job["project"]),
        device=job["device"],
        catalog=catalog,
        facts=job["facts"],
    )
    with settled(plan.threads), kept_pages():
        fit(
            plan,
            FitJob(
                work=Path(job["work"]),
                resume_from=Path(job["resume_from"]) if job["resume_from"] else None,
                machines=job["machines"],
                quiet=job["quiet"] or rank > 0,
            ),
            catalog=catalog,
            notify=teller.notify,
        )


def _speak(job: ProcessJob, folder: Path) -> None:
    """Write to the terminal of the one that started this, where it has one: a bar is drawn there as ever."""
    try:
        target = os.open(job["terminal"], os.O_WRONLY | os.O_NOCTTY) if job["terminal"] else -1
    except OSError:
        target = -1
    if target < 0:
        target = os.open(folder / SAID, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)


def _watch(launcher: int) -> None:
    """End this process at once when the launcher, or the one that started it, is gone.

    The latter holds the other end of standard input, which closes with it however it dies. A line from there is the
    wish that the training ends; it is passed on as SIGTERM, which ``Stopping`` notes.
    """
    while True:
        if os.getppid() != launcher:
            os._exit(1)
        if select.select([0], [], [], _GLANCE)[0]:
            if not os.read(0, len(STOP)):
                os._exit(1)
            os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    status = main(Path(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # what a failed process waits for at its end may never come
