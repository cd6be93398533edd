"""One writer per model, one retraining per model: locks that die with their process."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from burnish.errors import RegistryError

SQLITE = "sqlite:///"


def lock_folder(uri: str) -> Path:
    """Where the locks of a store are: beside an SQLite file, so that all who write it meet; else the user's cache."""
    if uri.startswith(SQLITE):
        database = Path(uri.removeprefix(SQLITE).partition("?")[0]).resolve()
        return database.parent / "locks" / database.stem
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return cache / "burnish" / "locks" / hashlib.sha256(uri.encode()).hexdigest()[:16]


@contextmanager
def registry_lock(uri: str, model: str, *, patience: float = 60.0) -> Iterator[None]:
    """Hold the right to write this model's aliases and decisions.

    Raises:
        RegistryError: Another process has held it for ``patience`` seconds.
    """
    from filelock import FileLock, Timeout

    path = _path(uri, f"{model}.registry.lock")
    try:
        with FileLock(str(path), timeout=patience):
            yield
    except Timeout as error:
        raise RegistryError(f"{model}: another process has held {path} for {patience:.0f} s; end it or wait") from error


@contextmanager
def run_lock(uri: str, model: str) -> Iterator[None]:
    """Hold the right to retrain this model; never waits.

    Raises:
        RegistryError: A retraining of this model is going on; says of which process, since when.
    """
    from filelock import FileLock, Timeout

    path = _path(uri, f"{model}.run.lock")
    note = path.with_suffix(".json")
    lock = FileLock(str(path), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise RegistryError(
            f"{model}: is being retrained already{_holder(note)}; wait for its end, or stop it"
        ) from error
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        note.write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def require_free(uri: str, model: str) -> None:
    """Refuse at once what ``run_lock`` would refuse after the imports.

    Raises:
        RegistryError: A retraining of this model is going on.
    """
    with run_lock(uri, model):
        pass


def _path(uri: str, name: str) -> Path:
    folder = lock_folder(uri)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _holder(note: Path) -> str:
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        return f" by process {said['pid']} since {said['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
