"""The model registry as it stands: models, versions, aliases, decisions. ``promotion`` changes it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from burnish import housekeeping
from burnish.errors import RegistryError
from pydantic import ValidationError

from burnish_flows import embedded_store
from burnish_flows.decision import Decision
from burnish_flows.lease import is_lease
from burnish_flows.locking import registry_lock

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"

PENDING = "burnish.pending"
HISTORY = "burnish.history."
FROZEN = "burnish.frozen"
STATUS = "validation_status"
FINGERPRINT = "fingerprint"
REQUEST = "burnish.request"

PATIENCE = 600.0
"""Seconds for which a store that another process locks is tried."""


class ChampionChangedError(RegistryError):
    """Another decision came first: the champion is not the one that the challenger was compared with."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A registered model version."""

    model: str
    number: str
    """``1``, ``2``, …"""
    status: str
    """``pending``, ``awaiting``, ``held``, ``approved``, ``rejected`` or ``vetoed``."""
    source: str
    """Where MLflow keeps it (``models:/m-…``)."""
    run_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """How MLflow is asked for it."""
        return f"models:/{self.model}/{self.number}"


class Registry:
    """One MLflow store, seen as champions and challengers."""

    def __init__(self, client: MlflowClient, uri: str) -> None:
        self._client = client
        self.uri = uri

    @classmethod
    def existing(cls, uri: str) -> Registry:
        """The registry at ``uri`` for those who only look: they make no store where there is none.

        Raises:
            RegistryError: There is none, or as ``connected``.
        """
        embedded_store.require(uri)
        return cls.connected(uri)

    @classmethod
    def connected(cls, uri: str) -> Registry:
        """The registry at ``uri``, made where there is none; imports MLflow. A store that is locked is waited for.

        Raises:
            RegistryError: It does not answer, or is locked for ``PATIENCE``.
        """
        with housekeeping.importing("mlflow"):
            from mlflow import MlflowClient

        embedded_store.ensure(uri)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                client = MlflowClient(uri, uri)
                client.search_registered_models(max_results=1)
                return cls(client, uri)
            except Exception as error:  # MLflow passes on what its database raises while it connects
                if "database is locked" in str(error) and time.monotonic() < end:
                    continue  # it has waited for five seconds itself
                fact = " ".join(str(error).split())
                raise RegistryError(f"{uri}: MLflow does not answer ({fact}); check MLFLOW_TRACKING_URI") from error

    @property
    def client(self) -> MlflowClient:
        """MLflow's own client, for what is no alias and no decision."""
        return self._client

    def aliases(self, model: str) -> dict[str, str]:
        """Alias → version; empty when there is no such model."""
        found = self._model(model)
        return {str(name): str(version) for name, version in found.aliases.items()} if found else {}

    def champion(self, model: str) -> str:
        """Version of the champion; empty when there is none."""
        return self.aliases(model).get(CHAMPION, "")

    def version(self, model: str, reference: str) -> Version:
        """A version by number or alias.

        Raises:
            RegistryError: There is none; lists what there is.
        """
        from mlflow.exceptions import MlflowException

        aliases = self.aliases(model)
        try:
            return _version(model, self._client.get_model_version(model, aliases.get(reference, reference)))
        except MlflowException as error:
            known = self.versions(model)
            there = ", ".join([*(f"@{alias}" for alias in sorted(aliases)), *(f":{number}" for number in known)])
            raise RegistryError(
                f"{model}: has no {reference!r} in {self.uri}; there is {there or 'nothing yet'}"
            ) from error

    def versions(self, model: str, fingerprint: str = "") -> dict[str, Version]:
        """Number → version, oldest first; only those made of ``fingerprint`` when it is given."""
        condition = f" and tags.{FINGERPRINT} = '{fingerprint}'" if fingerprint else ""
        found = self._client.search_model_versions(f"name = '{model}'{condition}", max_results=10_000)
        versions = [_version(model, entry) for entry in found]
        return {version.number: version for version in sorted(versions, key=lambda version: int(version.number))}

    def create_version(self, model: str, *, source: str, run_id: str, model_id: str, tags: Mapping[str, str],
                       card: str) -> Version:  # fmt: skip
        """Register what a run has logged, as a pending challenger.

        A server that dies before it answers has perhaps registered it already when MLflow's client asks again: such a
        twin is removed.
        """
        request = uuid.uuid4().hex
        asked = {**tags, STATUS: "pending", REQUEST: request}
        with registry_lock(self.uri, model, client=self._client) as check:
            if self._model(model) is None:
                self._client.create_registered_model(model)
            check()
            entry = self._client.create_model_version(
                model, source, run_id=run_id, model_id=model_id, tags=asked, description=card
            )
            for number, twin in self.versions(model, tags.get(FINGERPRINT, "")).items():
                if twin.tags.get(REQUEST) == request and number != str(entry.version):
                    self._client.delete_model_version(model, number)
            self._client.set_registered_model_alias(model, CHALLENGER, str(entry.version))
        return self.version(model, str(entry.version))

    def pending(self, model: str) -> Decision | None:
        """The decision that is being carried out, or was left half-way."""
        found = self._model(model)
        text = dict(found.tags).get(PENDING) if found else None
        return _parsed(model, PENDING, text) if text else None

    def history(self, model: str) -> list[Decision]:
        """Every decision, oldest first."""
        found = self._model(model)
        kept = _kept(model, dict(found.tags)) if found else []
        for version in self.versions(model).values():
            kept += _kept(model, version.tags)
        return sorted(kept, key=lambda decision: decision.when)

    def last(self, version: Version) -> Decision | None:
        """The newest decision about a version."""
        return max(_kept(version.model, version.tags), key=lambda decision: decision.when, default=None)

    def frozen(self, model: str) -> Decision | None:
        """The decision that froze promotions; None: they are not frozen."""
        found = self._model(model)
        text = dict(found.tags).get(FROZEN) if found else None
        return _parsed(model, FROZEN, text) if text else None

    def models(self) -> list[str]:
        """Every model's name, sorted."""
        names: list[str] = []
        token = None
        while True:
            page = self._client.search_registered_models(max_results=1000, page_token=token)
            names += [found.name for found in page if not is_lease(found.name)]
            token = page.token
            if not token:
                return sorted(names)

    def exists(self, model: str) -> bool:
        """Whether anything was ever registered under the name."""
        return self._model(model) is not None

    def _model(self, model: str) -> Any:
        found = self._client.search_registered_models(f"name = '{model}'", max_results=1)
        return found[0] if found else None


def _version(model: str, entry: Any) -> Version:
    return Version(
        model=model,
        number=str(entry.version),
        status=entry.tags.get(STATUS, "pending"),
        source=str(entry.source),
        run_id=str(entry.run_id or ""),
        tags=dict(entry.tags),
    )


def _kept(model: str, tags: Mapping[str, str]) -> list[Decision]:
    return [_parsed(model, key, text) for key, text in tags.items() if key.startswith(HISTORY)]


def _parsed(model: str, key: str, text: str) -> Decision:
    try:
        return Decision.model_validate_json(text)
    except ValidationError as error:
        raise RegistryError(f"{model}: tag {key} is no record of a decision; remove it by hand in MLflow") from error
