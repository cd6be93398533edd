"""Locks for one writer and one retraining per model; they are released when their process dies.

On one host by a locked file, which is fast and ends with its process. Where the store is a server, other hosts write it
too: then also by a lease in the store.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import RegistryError
from burnish.schema import names

from burnish_flows import environment
from burnish_flows.locks.lease import LeaseHeldError, lease

if TYPE_CHECKING:
    from mlflow import MlflowClient

SQLITE = "sqlite:///"
PATIENCE = 600.0
"""Seconds to wait for the right to write: its holder writes only some tags, and the lock of a dead one is released."""

Check = Callable[[], None]


def lock_folder(uri: str) -> Path:
    """The folder of a store's locks: next to an SQLite file, which all its writers share; else in the user's cache.

    ``BURNISH_STORE`` names the SQLite file behind a server of this host (``burnish up``).
    """
    uri = os.environ.get("BURNISH_STORE", uri)
    if uri.startswith(SQLITE):
        database = Path(uri.removeprefix(SQLITE).partition("?")[0]).resolve()
        return database.parent / "locks" / database.stem
    return environment.user_cache() / "locks" / hashlib.sha256(uri.encode()).hexdigest()[:16]


@contextmanager
def registry_lock(
    uri: str, model: str, purpose: str = "registry", *, client: MlflowClient | None = None, patience: float = PATIENCE
) -> Iterator[Check]:
    """Hold the lock for writing this model's aliases and decisions.

    Args:
        uri: The MLflow store.
        model: Name in the registry.
        purpose: What of it is written.
        client: Of the store; without it only processes of this host are kept out.
        patience: Seconds to wait.

    Yields:
        Call it before every write: it raises where the right has been lost.

    Raises:
        RegistryError: Another process has held it for ``patience`` seconds.
    """
    from filelock import FileLock, Timeout

    path = _path(uri, model, f"{purpose}.lock")
    try:
        with FileLock(str(path), timeout=patience), _lease(uri, client, f"{model}.{purpose}", patience) as check:
            yield check
    except Timeout as error:
        raise RegistryError(f"{model}: another process has held {path} for {patience:.0f} s; end it or wait") from error
    except LeaseHeldError as error:
        raise RegistryError(
            f"{model}: {error} has held the lock of {uri} for {patience:.0f} s; end that process, or wait"
        ) from error


@contextmanager
def run_lock(uri: str, model: str, *, client: MlflowClient | None = None) -> Iterator[None]:
    """Hold the lock for retraining this model; waits only to check whether the holder on another host is alive.

    Raises:
        RegistryError: A retraining of this model is going on; says of which process, since when.
    """
    from filelock import FileLock, Timeout

    path = _path(uri, model, "run.lock")
    note = path.with_suffix(".json")
    lock = FileLock(str(path), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise RegistryError(
            f"{model}: is already being retrained{_holder(note)}; wait for its end, or stop it"
        ) from error
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        note.write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")
        with _lease(uri, client, f"{model}.run", 0.0):
            yield
    except LeaseHeldError as error:
        raise RegistryError(f"{model}: is already being retrained by {error}; wait for its end, or stop it") from error
    finally:
        note.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _lease(uri: str, client: MlflowClient | None, name: str, patience: float) -> Iterator[Check]:
    if client is None or uri.startswith(SQLITE):
        yield lambda: None
        return
    with lease(client, name, patience=patience) as held:
        yield held.check


def require_free(uri: str, model: str) -> None:
    """Refuse early what ``run_lock`` would refuse only after slow imports.

    Raises:
        RegistryError: A retraining of this model is going on.
    """
    with run_lock(uri, model):
        pass


def _path(uri: str, model: str, ending: str) -> Path:
    """The lock's file; refuses an invalid model name."""
    name = names.model_name(model)
    folder = lock_folder(uri)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.{ending}"


def _holder(note: Path) -> str:
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        return f" by process {said['pid']} since {said['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
