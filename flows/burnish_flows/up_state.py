"""The services of a running ``burnish up``, for the project's other commands: ``.burnish/up.json``.

The file is valid only while its writer lives, which a lock shows that ends with its process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from burnish.console.redaction import redacted, without_userinfo
from burnish.errors import ConfigError
from burnish.io.atomic import write_whole

FILE = "up.json"
LOCK = "up.lock"


@dataclass(frozen=True, kw_only=True)
class Running:
    """The addresses of one ``burnish up``."""

    pid: int
    since: str
    """ISO 8601, UTC."""
    prefect: str
    """``PREFECT_API_URL``."""
    mlflow: str
    """``MLFLOW_TRACKING_URI``."""
    store: str = ""
    """The SQLite store behind that server; empty for another server."""
    pool: str = ""
    """Work pool of the worker."""
    services: dict[str, dict[str, str]] = field(default_factory=dict)
    """Name → ``address``, ``health``, ``log`` and ``pid``."""


def read(home: Path) -> Running | None:
    """The running services below this ``.burnish``; None if there are none."""
    path = home / FILE
    if not path.is_file() or not _held(home):
        return None
    try:
        return Running(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # another version is writing it just now
        return None


def write(home: Path, running: Running) -> None:
    """Write the file for the other commands; requires the lock. Passwords in addresses are left out."""
    told = replace(running, prefect=without_userinfo(running.prefect), mlflow=without_userinfo(running.mlflow))
    write_whole(home / FILE, json.dumps(redacted(asdict(told)), indent=2).encode())


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the lock for the only ``burnish up`` of the project.

    Raises:
        ConfigError: There is one already; names its process.
    """
    from filelock import FileLock, Timeout

    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(home / LOCK), timeout=10)
    try:
        lock.acquire()
    except Timeout as error:
        other = read(home)
        told = f" as process {other.pid} since {other.since}" if other else ""
        raise ConfigError(f"{home.parent}: `burnish up` runs already{told}; end it first") from error
    try:
        yield
    finally:
        (home / FILE).unlink(missing_ok=True)
        lock.release()


def _held(home: Path) -> bool:
    from filelock import FileLock, Timeout

    try:
        with FileLock(str(home / LOCK), timeout=0):
            return False
    except Timeout:
        return True
