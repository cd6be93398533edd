"""An MLflow store of its own for each test, copied from one that was made once."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from burnish_flows.registry.store import Registry

os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING", "false")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds or leaves anything in the cache of the user who runs it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def _empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from burnish_flows.registry.store import Registry

    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    Registry.connected(f"sqlite:///{path}")
    return path


@pytest.fixture
def store(tmp_path: Path, _empty_store: Path) -> str:
    """URI of an empty MLflow store."""
    shutil.copyfile(_empty_store, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.fixture
def registry(store: str) -> Registry:
    from burnish_flows.registry.store import Registry

    return Registry.connected(store)


@pytest.fixture
def registered(registry: Registry) -> Callable[..., str]:
    """Registers an empty version; returns its number."""

    def register(model: str = "denoise", fingerprint: str = "f" * 64, **tags: str) -> str:
        known = {"data_md5": "d.dir", "recipe_digest": "r", "plugins": "burnish-cnn==0.1.0", "licence": "Apache-2.0"}
        tags = {"fingerprint": fingerprint, **known, **tags}
        return registry.create_version(
            model, source="file:///nowhere", run_id="", model_id="", tags=tags, card="# card"
        ).number

    return register


@pytest.fixture
def other_service() -> Iterator[int]:
    """The port of a service that answers once, and not with HTTP."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        threading.Thread(target=answer, daemon=True).start()
        yield other.getsockname()[1]
