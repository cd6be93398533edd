"""The present state of the model registry: models, versions, aliases, decisions. ``promotion`` changes it."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from burnish import garbage_collection
from burnish.errors import RegistryError
from burnish.schema import names

from burnish_flows.locks.locking import registry_lock
from burnish_flows.registry import old_tags
from burnish_flows.registry.decision import Decision
from burnish_flows.registry.decision_history import Trail
from burnish_flows.registry.decision_store import Ledger, LedgerEntry
from burnish_flows.services import embedded_store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel

CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"

STATUS = "validation_status"
FINGERPRINT = "fingerprint"
REQUEST = "burnish.request"

PATIENCE = 600.0
"""Seconds to wait for a store that another process has locked."""


class FilesGoneError(RegistryError):
    """A version's files are no longer in the store, which itself answers."""


class ChampionChangedError(RegistryError):
    """Another decision came first: the present champion is not the one that was compared with."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A registered model version."""

    model: str
    number: str
    """``1``, ``2``, …"""
    status: str
    """``pending``, ``awaiting``, ``held``, ``approved``, ``rejected``, ``vetoed`` or ``lost``."""
    source: str
    """Where MLflow keeps it (``models:/m-…``)."""
    run_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """Its address in MLflow."""
        return f"models:/{self.model}/{self.number}"


@dataclass(frozen=True, kw_only=True)
class ModelState:
    """A model at one moment: its versions, its aliases, and the decisions about it."""

    model: str
    uri: str
    registered: str
    """MLflow's creation time in milliseconds; empty if the model does not exist."""
    aliases: Mapping[str, str]
    """Alias → version."""
    versions: Mapping[str, Version]
    """Number → version, oldest first, without deleted ones."""
    trail: Trail
    pending: tuple[LedgerEntry, ...] = ()
    """Decisions in progress or interrupted."""
    old: tuple[Decision, ...] = ()
    """The decisions stored only in tags; see ``old_tags``."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def champion(self) -> str:
        """Version of the champion; empty if none."""
        return self.aliases.get(CHAMPION, "")

    @property
    def lost(self) -> bool:
        """Whether the model has lost its champion: users get no model until a version is promoted."""
        return bool(not self.champion and self.versions and self.trail.ever_champion)

    @property
    def half_way(self) -> bool:
        """Whether the next decision must first complete or import earlier ones."""
        return bool(self.pending or self.old or old_tags.PENDING in self.tags)

    def version(self, reference: str) -> Version:
        """A version by number or alias.

        Raises:
            RegistryError: There is none; lists what there is.
        """
        number = self.aliases.get(reference, reference)
        if number in self.versions:
            return self.versions[number]
        there = [*(f"@{alias}" for alias in sorted(self.aliases)), *(f":{number}" for number in self.versions)]
        known = "; it was deleted in MLflow" if self.trail.about(number) else ""
        raise RegistryError(
            f"{self.model}: has no {reference!r} in {self.uri}{known}; there is {', '.join(there) or 'nothing yet'}"
        )


class Registry:
    """One MLflow store, seen as champions and challengers."""

    def __init__(self, client: MlflowClient, uri: str) -> None:
        self._client = client
        self.uri = uri

    @classmethod
    def existing(cls, uri: str) -> Registry:
        """The registry at ``uri`` for read-only use: does not create a missing store.

        Raises:
            RegistryError: There is none, or as ``connected``.
        """
        embedded_store.require(uri)
        return cls.connected(uri)

    @classmethod
    def connected(cls, uri: str) -> Registry:
        """The registry at ``uri``, created if missing; imports MLflow, and waits for a locked store.

        Raises:
            RegistryError: It does not answer, or is locked for ``PATIENCE``.
        """
        with garbage_collection.importing("mlflow"):
            from mlflow import MlflowClient

        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # no links in the output
        embedded_store.ensure(uri)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                client = MlflowClient(uri, uri)
                client.search_registered_models(max_results=1)
                return cls(client, uri)
            except Exception as error:  # MLflow passes on its database's exceptions while it connects
                if "database is locked" in str(error) and time.monotonic() < end:
                    continue  # it has already waited for five seconds
                fact = " ".join(str(error).split())
                raise RegistryError(f"{uri}: MLflow does not answer ({fact}); check MLFLOW_TRACKING_URI") from error

    @property
    def client(self) -> MlflowClient:
        """MLflow's own client, for everything except aliases and decisions."""
        return self._client

    @cached_property
    def ledger(self) -> Ledger:
        """The store of the decisions."""
        return Ledger(self.client, self.uri)

    def aliases(self, model: str) -> dict[str, str]:
        """Alias → version; empty if the model does not exist."""
        with store_errors(self.uri):
            found = self._model(model)
        return {str(name): str(version) for name, version in found.aliases.items()} if found else {}

    def champion(self, model: str) -> str:
        """Version of the champion; empty if none."""
        return self.aliases(model).get(CHAMPION, "")

    def stand(self, model: str) -> ModelState:
        """The whole state of a model, read at once.

        Raises:
            RegistryError: The store fails.
            UsageError: No model may be called so.
        """
        with store_errors(self.uri):
            return self._stand(names.model_name(model))

    def version(self, model: str, reference: str) -> Version:
        """A version by number or alias.

        Raises:
            RegistryError: There is none; lists what there is.
        """
        return self.stand(model).version(reference)

    def versions(self, model: str, fingerprint: str = "") -> dict[str, Version]:
        """Number → version, oldest first; with ``fingerprint`` only those with that fingerprint."""
        found = self.stand(model).versions
        wanted = {number: one for number, one in found.items() if one.tags.get(FINGERPRINT, "") == fingerprint}
        return wanted if fingerprint else dict(found)

    def create_version(self, model: str, *, source: str, run_id: str, model_id: str, tags: Mapping[str, str],
                       card: str) -> Version:  # fmt: skip
        """Register the model logged by a run, as a pending challenger.

        If a server dies before it answers, MLflow's client repeats the request, and the version may be registered
        twice: the duplicate is removed.
        """
        request = uuid.uuid4().hex
        asked = {**tags, STATUS: "pending", REQUEST: request}
        with store_errors(self.uri), registry_lock(self.uri, model, client=self._client) as check:
            if self._model(model) is None:
                self._client.create_registered_model(model)
            check()
            entry = self._client.create_model_version(
                model, source, run_id=run_id, model_id=model_id, tags=asked, description=card
            )
            for twin in self._entries(model):
                if twin.tags.get(REQUEST) == request and str(twin.version) != str(entry.version):
                    self._client.delete_model_version(model, str(twin.version))
            self._client.set_registered_model_alias(model, CHALLENGER, str(entry.version))
        return self.version(model, str(entry.version))

    def pending(self, model: str) -> Decision | None:
        """The decision that is being carried out, or was interrupted."""
        found = self.stand(model)
        old = old_tags.parsed(found.tags.get(old_tags.PENDING, ""))
        return next((entry.decision for entry in found.pending), old)

    def history(self, model: str) -> list[Decision]:
        """Every decision, oldest first; kept when versions or the registered model are deleted."""
        return list(self.stand(model).trail.decisions)

    def last(self, version: Version) -> Decision | None:
        """The newest decision about a version."""
        return self.stand(version.model).trail.last(version.number)

    def frozen(self, model: str) -> Decision | None:
        """The decision that froze promotions; None if they are not frozen."""
        return self.stand(model).trail.frozen

    def models(self) -> list[str]:
        """Every model's name, sorted; names that no recipe can have belong to other tools."""
        found_names: list[str] = []
        token = None
        with store_errors(self.uri):
            while True:
                page = self._client.search_registered_models(max_results=1000, page_token=token)
                found_names += [found.name for found in page if names.is_model_name(found.name)]
                token = page.token
                if not token:
                    return sorted(found_names)

    def exists(self, model: str) -> bool:
        """Whether a model of that name is registered."""
        with store_errors(self.uri):
            return self._model(model) is not None

    def _stand(self, model: str) -> ModelState:
        found = self._model(model)
        registered = str(found.creation_timestamp) if found else ""
        tags = dict(found.tags) if found else {}
        entries, damaged = self.ledger.entries(model, registered)
        kept = {entry.decision.id: entry for entry in entries}
        versions = self._entries(model) if found else []
        tagged, spoilt = old_tags.decisions([("the model", tags), *((f"v{one.version}", one.tags) for one in versions)])
        old = [
            made.model_copy(update={"model": model, "registered": registered}) for made in tagged if made.id not in kept
        ]
        done = [entry.decision for entry in entries if entry.state == "FINISHED"]
        trail = Trail(
            decisions=tuple(sorted([*done, *old], key=lambda made: made.when)),
            registered=registered,
            unreadable=(*(f"run {run_id}" for run_id in damaged), *spoilt),
        )
        return ModelState(
            model=model,
            uri=self.uri,
            registered=registered,
            aliases={str(name): str(number) for name, number in found.aliases.items()} if found else {},
            versions={str(one.version): _version(model, one, trail) for one in versions},
            trail=trail,
            pending=tuple(entry for entry in entries if entry.state == "RUNNING"),
            old=tuple(old),
            tags=tags,
        )

    def _entries(self, model: str) -> list[ModelVersion]:
        """MLflow's own records of the versions, oldest first."""
        found: list[ModelVersion] = []
        token = None
        while True:
            page = self._client.search_model_versions(f"name = '{model}'", max_results=10_000, page_token=token)
            found += page
            token = page.token
            if not token:
                return sorted(found, key=lambda entry: int(entry.version))

    def _model(self, model: str) -> RegisteredModel | None:
        name = names.model_name(model)
        found = self._client.search_registered_models(f"name = '{name}'", max_results=1)
        return found[0] if found else None


@contextmanager
def store_errors(uri: str) -> Iterator[None]:
    """Turn MLflow's exceptions into errors of one line."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise RegistryError(f"{uri}: MLflow refuses: {' '.join(str(error).split())}") from error


def _version(model: str, entry: ModelVersion, trail: Trail) -> Version:
    number = str(entry.version)
    return Version(
        model=model,
        number=number,
        status="vetoed" if entry.tags.get(STATUS) == "vetoed" else trail.status(number),
        source=str(entry.source),
        run_id=run_id if _RUN_ID.fullmatch(run_id := str(entry.run_id or "")) else "",
        tags=dict(entry.tags),
    )


_RUN_ID = re.compile(r"[A-Za-z0-9][\w-]*")
"""Checked because a run's id becomes the name of a folder."""
