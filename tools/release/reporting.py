"""One line for each step, with its time, and all of them again at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

QUIET = {
    "DO_NOT_TRACK": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "1",
    "ITERATIVE_DO_NOT_TRACK": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
"""No process that the check starts reports to anybody."""
SHOWN = 40
"""Lines of a failed command's output that are shown."""


class FailedError(Exception):
    """The release is not fit; the text names the culprit."""


class Steps:
    """What was done, how long it took, and what a person should know."""

    def __init__(self) -> None:
        self.done: list[tuple[str, float]] = []
        """Name and seconds of each step that passed."""
        self.notes: list[str] = []
        """What is no fault, but to be known before a release."""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say that it begins, and when it ended how long it took.

        Raises:
            FailedError: It failed; the step is named.
        """
        _say(f"{name} …", end=" ")
        begun = time.monotonic()
        try:
            yield
        except FailedError as error:
            _say("FAILED")
            raise FailedError(f"{name}: {error}") from error
        seconds = time.monotonic() - begun
        self.done.append((name, seconds))
        _say(f"{seconds:.1f} s")

    def summary(self) -> None:
        """All steps with their time, and the notes."""
        wide = max((len(name) for name, _ in self.done), default=0)
        _say("")
        for name, seconds in self.done:
            _say(f"{name:<{wide}}  {seconds:7.1f} s")
        _say(f"{'all':<{wide}}  {sum(seconds for _, seconds in self.done):7.1f} s")
        for note in self.notes:
            _say(f"note: {note}")


def run(
    command: Sequence[str | Path], *, cwd: Path, more: Mapping[str, str] | None = None, umask: int = -1, status: int = 0
) -> str:
    """What a command answers, outside of the repository's environment; one that must fail: what it says of the error.

    Raises:
        FailedError: It ended with another status; its last lines are shown.
    """
    outside = ("PYTHON", "PREFECT_", "MLFLOW_", "BURNISH_", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    done = subprocess.run(
        command, cwd=cwd, env={**env, **QUIET, **(more or {})}, umask=umask, text=True, check=False,
        stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    if done.returncode != status:
        words = " ".join(Path(word).name if isinstance(word, Path) else word for word in command)
        last = "\n".join((done.stdout + done.stderr).splitlines()[-SHOWN:])
        raise FailedError(f"`{words}` ended with status {done.returncode}\n{last}")
    return done.stdout if status == 0 else done.stderr


def require(holds: bool, fact: str) -> None:
    """Fail with this text unless it holds."""
    if not holds:
        raise FailedError(fact)


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True, file=sys.stdout)
