"""The registry as it stands: versions, aliases, history, whoever asks."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from burnish.errors import RegistryError
from burnish_flows.registry import store as registry_module
from burnish_flows.registry.store import Registry

Register = Callable[..., str]


def test_a_registered_version_is_a_pending_challenger(registry: Registry, registered: Register) -> None:
    number = registered()
    version = registry.version("denoise", "challenger")
    assert (version.number, version.status, registry.champion("denoise")) == (number, "pending", "")


def test_a_version_that_was_registered_twice_since_the_answer_was_lost_is_there_once(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice(*given: Any, **named: Any) -> Any:
        honest(*given, **named)
        return honest(*given, **named)

    honest = registry.client.create_model_version
    monkeypatch.setattr(registry.client, "create_model_version", twice)
    tags = {"fingerprint": "f" * 64}
    for source in ("file:///first", "file:///second"):
        registry.create_version("denoise", source=source, run_id="", model_id="", tags=tags, card="")
    assert [version.source for version in registry.versions("denoise").values()] == ["file:///first", "file:///second"]
    assert registry.version("denoise", "challenger").source == "file:///second"


def test_an_unknown_reference_lists_what_there_is(registry: Registry, registered: Register) -> None:
    registered()
    with pytest.raises(RegistryError, match=r"has no 'champion' .* there is @challenger, :1"):
        registry.version("denoise", "champion")


def test_versions_are_found_by_their_fingerprint(registry: Registry, registered: Register) -> None:
    registered(fingerprint="a" * 64)
    registered(fingerprint="b" * 64)
    assert list(registry.versions("denoise", "b" * 64)) == ["2"]
    assert registry.versions("denoise", "c" * 64) == {}


@contextmanager
def locked(store: str, seconds: float) -> Iterator[None]:
    """Another program holds the store's file for so long."""
    other = sqlite3.connect(store.removeprefix("sqlite:///"), check_same_thread=False)
    other.execute("begin exclusive")
    end = threading.Timer(seconds, other.rollback)
    end.start()
    try:
        yield
    finally:
        end.cancel()
        end.join()
        other.close()


def test_a_store_that_is_locked_longer_than_sqlite_waits_is_waited_for(store: str) -> None:
    with locked(store, 6.5):
        assert Registry.connected(store).models() == []


def test_a_store_that_stays_locked_is_named_in_one_line(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "PATIENCE", 1.0)
    with (
        locked(store, 60),
        pytest.raises(RegistryError, match=r"MLflow does not answer .*is locked") as told,
    ):
        Registry.connected(store)
    assert "\n" not in str(told.value)
