"""A new SQLite store for MLflow, made in memory and moved into place: its sixty migrations each wait for the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import unquote

from burnish.errors import RegistryError
from burnish.io import scratch
from burnish.io.atomic import whole_file

from burnish_flows.locks.locking import SQLITE, registry_lock

MEMORY = Path("/dev/shm")
"""A file system in memory, where there is one."""


def ensure(uri: str) -> None:
    """Make the store if ``uri`` is an SQLite file that does not exist; else do nothing.

    It appears whole or not at all, however many processes ask for it at once.
    """
    path = Path(uri.removeprefix(SQLITE))
    if not uri.startswith(SQLITE) or "?" in uri or path.exists() or not os.access(MEMORY, os.W_OK):
        return
    with registry_lock(uri, "store"):
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch.folder(MEMORY) as folder, whole_file(path) as fresh:
            made = folder / path.name
            _migrate(f"{SQLITE}{made}", path.parent / "artifacts")
            shutil.copyfile(made, fresh)


def require(uri: str) -> None:
    """Refuse a store of files that does not exist: who only looks makes none.

    Raises:
        RegistryError: Names the folder.
    """
    if missing := absent(uri):
        raise RegistryError(
            f"{missing.parent}: there is no store here (no {missing.name}), so no models; go to the project's folder, "
            f"name a store in MLFLOW_TRACKING_URI, or run: burnish retrain RECIPE"
        )


def absent(uri: str) -> Path | None:
    """The file or folder that would be the store and does not exist; None where it does, or where a server is named."""
    scheme, separator, _ = uri.partition(":")
    if separator and len(scheme) > 1 and scheme not in ("sqlite", "file"):
        return None
    text = uri.removeprefix(SQLITE).removeprefix("file://").partition("?")[0]
    path = Path(text if scheme == "sqlite" else unquote(text))  # as SQLAlchemy and MLflow take them
    return None if path.exists() else path.absolute()


def _migrate(uri: str, artifacts: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(uri, artifacts.as_uri())
    store.engine.dispose()
