"""A new SQLite store for MLflow, created in memory and moved into place: its sixty migrations are slow on disk."""

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
    """Create the store if ``uri`` is an SQLite file that does not exist; else do nothing.

    It appears whole or not at all, even if several processes create it at the same time.
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
    """Refuse an embedded store that does not exist: read-only commands create none.

    Raises:
        RegistryError: Names the folder.
    """
    if missing := absent(uri):
        raise RegistryError(
            f"{missing.parent}: there is no store here (no {missing.name}), so no models; go to the project's folder, "
            f"name a store in MLFLOW_TRACKING_URI, or run: burnish retrain RECIPE"
        )


def absent(uri: str) -> Path | None:
    """The missing file or folder of the store; None if it exists, or if ``uri`` names a server."""
    scheme, separator, _ = uri.partition(":")
    if separator and len(scheme) > 1 and scheme not in ("sqlite", "file"):
        return None
    text = uri.removeprefix(SQLITE).removeprefix("file://").partition("?")[0]
    path = Path(text if scheme == "sqlite" else unquote(text))  # the names that SQLAlchemy and MLflow accept
    return None if path.exists() else path.absolute()


def _migrate(uri: str, artifacts: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(uri, artifacts.as_uri())
    store.engine.dispose()
