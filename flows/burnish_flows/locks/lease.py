"""A write lock across hosts: a record in the MLflow store itself, renewed while it is held.

File locks (``locking``) work on one host only. All hosts share the store, which has one operation that only one of many
processes can win: a registered model can be created only once. A lease is such a model, with a token and a counter in
its tags. The holder increments the counter. A waiting process that sees neither change for ``SECONDS`` by its own clock
(clocks are never compared) assumes that the holder is dead, and removes the lease. The right to remove a token is won
in the same way, so that nobody removes a lease without having watched it expire.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from burnish.errors import RegistryError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import RegisteredModel

PREFIX = "burnish-lease."
"""Prefix of names that are not models; see ``is_lease``."""
SECONDS = 20.0
"""Seconds without renewal after which a lease is dead."""
POLL = 0.2
"""Seconds between looks at a lease that is held."""

HOLDER = "burnish.holder"
COUNTER = "burnish.renewed"


class LeaseHeldError(RegistryError):
    """A living process holds the lease."""


class LeaseLostError(RegistryError):
    """The lease was not renewed in time; another process may hold it now."""


class Lease:
    """A held lease; call ``check`` before every write."""

    def __init__(self, client: MlflowClient, name: str, token: str, seconds: float) -> None:
        self._client = client
        self._name = name
        self._token = token
        self._seconds = seconds
        self._renewed = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease of {name}", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Return if the lease is certainly still held, else raise.

        Raises:
            LeaseLostError: It was not renewed for half its time; do not write.
        """
        if time.monotonic() - self._renewed > self._seconds / 2:
            raise LeaseLostError(
                f"{self._name.removeprefix(PREFIX)}: the lock could not be renewed for "
                f"{self._seconds / 2:.0f} s; nothing more was written; run the command again"
            )

    def end(self) -> None:
        """Release it."""
        self._done.set()
        self._thread.join(self._seconds)
        with suppress(Exception):  # it expires by itself
            if _token(_found(self._client, self._name)) == self._token:
                self._client.delete_registered_model(self._name)

    def _renew(self) -> None:
        count = 0
        while not self._done.wait(self._seconds / 8):
            began = time.monotonic()
            with suppress(Exception):  # tried again; ``check`` raises when it has been too long
                count += 1
                if _token(_found(self._client, self._name)) != self._token:
                    return
                self._client.set_registered_model_tag(self._name, COUNTER, str(count))
                self._renewed = began


def is_lease(name: str) -> bool:
    """Whether the name of a registered model is that of a lease."""
    return name.startswith(PREFIX)


@contextmanager
def lease(client: MlflowClient, name: str, *, patience: float, seconds: float = SECONDS) -> Iterator[Lease]:
    """Hold the lease ``name`` in the client's store.

    Args:
        client: Of the store.
        name: What it is the right to.
        patience: Seconds to wait for another holder who is seen to live; a dead one is found out after ``seconds``.
        seconds: How long a holder that is not heard of is believed.

    Raises:
        LeaseHeldError: Another process has held it all the time; says which.
    """
    held = _acquired(client, PREFIX + name, patience=patience, seconds=seconds)
    try:
        yield held
    finally:
        held.end()


def _acquired(client: MlflowClient, name: str, *, patience: float, seconds: float) -> Lease:
    token = uuid.uuid4().hex
    watch = _Watch(seconds)
    end = time.monotonic() + patience
    while True:
        if _created(client, name, token):
            return Lease(client, name, token, seconds)
        found = _found(client, name)
        if watch.dead(found):
            _remove_dead(client, name, _token(found), watch.deaths)
        elif watch.lives and time.monotonic() > end:
            raise LeaseHeldError(_said(found))
        time.sleep(POLL)


class _Watch:
    """Observes one lease repeatedly, and reports when it has not been renewed for too long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: tuple[str, str] = ("", "")
        self._since = time.monotonic()
        self.deaths = 0
        self.lives = False

    def dead(self, found: RegisteredModel | None) -> bool:
        seen = (_token(found), dict(found.tags).get(COUNTER, "") if found else "")
        if seen != self._seen or not seen[0]:
            self.lives = self.lives or bool(seen[0] and self._seen[0])  # it was renewed between two looks
            self._seen, self._since = seen, time.monotonic()
            return False
        if time.monotonic() - self._since < self._seconds:
            return False
        self._since, self.lives = time.monotonic(), False
        self.deaths += 1
        return True


def _remove_dead(client: MlflowClient, name: str, token: str, attempt: int) -> None:
    """Remove a dead holder's lease, unless another process does so."""
    grave = f"{name}.{token[:12]}.{attempt}"
    if not _created(client, grave, uuid.uuid4().hex):
        return
    with suppress(Exception):
        if _token(_found(client, name)) == token:
            client.delete_registered_model(name)
    with suppress(Exception):
        client.delete_registered_model(grave)


def _created(client: MlflowClient, name: str, token: str) -> bool:
    from mlflow.exceptions import MlflowException

    holder = json.dumps({"token": token, "host": socket.gethostname(), "pid": os.getpid()})
    try:
        client.create_registered_model(name, tags={HOLDER: holder, COUNTER: "0"}, description="A lock; not a model.")
    except MlflowException as error:
        # The store refused the lease, and the holder released it before it could be read.
        known = error.error_code in ("RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST")
        if known or _found(client, name) is not None:
            return False
        raise RegistryError(f"the MLflow store refuses a lock: {' '.join(str(error).split())}") from error
    return True


def _found(client: MlflowClient, name: str) -> RegisteredModel | None:
    found = client.search_registered_models(f"name = '{name}'", max_results=1)
    return found[0] if found else None


def _holder(found: RegisteredModel | None) -> dict[str, object]:
    try:
        said = json.loads(dict(found.tags)[HOLDER]) if found else {}
        return said if isinstance(said, dict) else {}
    except (KeyError, ValueError):
        return {}


def _token(found: RegisteredModel | None) -> str:
    return str(_holder(found).get("token", ""))


def _said(found: RegisteredModel | None) -> str:
    holder = _holder(found)
    return f"process {holder['pid']} on {holder['host']}" if "pid" in holder else "another process"
