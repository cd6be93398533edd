"""The model registry, and the only place that writes aliases.

MLflow has no compare-and-set: two promoters that read, compare and set lose updates. Here every change is one decision
that is carried out under a lock, from the champion that was expected, and journaled: it is first written down whole
(tag ``burnish.pending``), then done in steps that may be repeated, then kept as history. Whoever dies between two steps
leaves a journal entry that the next caller completes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from burnish.errors import RegistryError
from pydantic import ValidationError

from burnish_flows import embedded_store
from burnish_flows.decision import Decision, Judgement, champions_before
from burnish_flows.locking import registry_lock

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"

PENDING = "burnish.pending"
HISTORY = "burnish.history."
STATUS = "validation_status"
FINGERPRINT = "fingerprint"


class ChampionChangedError(RegistryError):
    """Another decision came first: the champion is not the one that the challenger was compared with."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A registered model version."""

    model: str
    number: str
    """``1``, ``2``, …"""
    status: str
    """``pending``, ``approved`` or ``rejected``."""
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
    def connected(cls, uri: str) -> Registry:
        """The registry at ``uri``; imports MLflow.

        Raises:
            RegistryError: It does not answer.
        """
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        embedded_store.ensure(uri)
        try:
            client = MlflowClient(uri, uri)
            client.search_registered_models(max_results=1)
        except MlflowException as error:
            fact = " ".join(str(error).split())
            raise RegistryError(f"{uri}: MLflow does not answer ({fact}); check MLFLOW_TRACKING_URI") from error
        return cls(client, uri)

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
        aliases = self.aliases(model)
        number = aliases.get(reference, reference)
        known = self.versions(model)
        if number not in known:
            there = ", ".join([*(f"@{alias}" for alias in sorted(aliases)), *(f":{number}" for number in known)])
            raise RegistryError(f"{model}: has no {reference!r} in {self.uri}; there is {there or 'nothing yet'}")
        return known[number]

    def versions(self, model: str, fingerprint: str = "") -> dict[str, Version]:
        """Number → version, oldest first; only those made of ``fingerprint`` when it is given."""
        condition = f" and tags.{FINGERPRINT} = '{fingerprint}'" if fingerprint else ""
        found = self._client.search_model_versions(f"name = '{model}'{condition}", max_results=10_000)
        versions = [
            Version(
                model=model,
                number=str(entry.version),
                status=entry.tags.get(STATUS, "pending"),
                source=str(entry.source),
                run_id=str(entry.run_id or ""),
                tags=dict(entry.tags),
            )
            for entry in found
        ]
        return {version.number: version for version in sorted(versions, key=lambda version: int(version.number))}

    def create_version(self, model: str, *, source: str, run_id: str, model_id: str, tags: Mapping[str, str],
                       card: str) -> Version:  # fmt: skip
        """Register what a run has logged, as a pending challenger."""
        with registry_lock(self.uri, model):
            if self._model(model) is None:
                self._client.create_registered_model(model)
            entry = self._client.create_model_version(
                model, source, run_id=run_id, model_id=model_id, tags={**tags, STATUS: "pending"}, description=card
            )
            self._client.set_registered_model_alias(model, CHALLENGER, str(entry.version))
        return self.version(model, str(entry.version))

    def decide(
        self, model: str, number: str, *, expected: str, judgements: Sequence[Judgement], reason: str, who: str
    ) -> Decision:
        """Promote the version if every judgement passed, else reject it; either way it is recorded.

        Args:
            model: Its name.
            number: The challenger's version.
            expected: The champion that it was compared with; empty: none.
            judgements: What the gates said.
            reason: One sentence.
            who: Who decides.

        Raises:
            ChampionChangedError: The champion is another one by now; nothing was changed.
            RegistryError: The store fails, or the version is unknown.
        """
        with registry_lock(self.uri, model):
            self._mend(model)
            champion = self.champion(model)
            if champion != expected:
                raise ChampionChangedError(
                    f"{model}: champion is v{champion or '-'} by now, v{number} was compared with v{expected or '-'}; "
                    f"compare it anew"
                )
            self.version(model, number)
            passed = all(judgement.passed for judgement in judgements)
            replaced = champion if champion != number else self.aliases(model).get(PREVIOUS, "")
            decision = Decision(
                kind="promotion" if passed else "rejection",
                version=number,
                champion_before=champion,
                champion_after=number if passed else champion,
                previous_after=replaced if passed else self.aliases(model).get(PREVIOUS, ""),
                reason=reason,
                judgements=tuple(judgements),
                who=who,
            )
            self._carry_out(model, decision)
        return decision

    def rollback(self, model: str, *, reason: str, who: str) -> Decision:
        """Make the champion before the present one champion again; may be repeated as far as the history goes.

        Raises:
            RegistryError: There is no champion, or none before it.
        """
        with registry_lock(self.uri, model):
            self._mend(model)
            aliases = self.aliases(model)
            champion, previous = aliases.get(CHAMPION, ""), aliases.get(PREVIOUS, "")
            if not champion or not previous:
                fact = f"v{champion} is the first champion" if champion else "has no champion"
                raise RegistryError(f"{model}: {fact} in {self.uri}; there is nothing to go back to")
            self.version(model, previous)
            before = champions_before(self.history(model))[:-1]
            decision = Decision(
                kind="rollback",
                version=previous,
                champion_before=champion,
                champion_after=previous,
                previous_after=before[-1] if before else "",
                reason=reason,
                who=who,
            )
            self._carry_out(model, decision)
        return decision

    def mend(self, model: str) -> Decision | None:
        """Complete a decision that someone died over; None when there is none."""
        with registry_lock(self.uri, model):
            return self._mend(model)

    def pending(self, model: str) -> Decision | None:
        """The decision that is being carried out, or was left half-way."""
        found = self._model(model)
        text = dict(found.tags).get(PENDING) if found else None
        return _parsed(model, PENDING, text) if text else None

    def history(self, model: str) -> list[Decision]:
        """Every decision, oldest first."""
        found = self._model(model)
        tags = dict(found.tags) if found else {}
        kept = [_parsed(model, key, text) for key, text in tags.items() if key.startswith(HISTORY)]
        return sorted(kept, key=lambda decision: decision.when)

    def _mend(self, model: str) -> Decision | None:
        decision = self.pending(model)
        if decision is None:
            return None
        champion = self.champion(model)
        if champion not in (decision.champion_before, decision.champion_after):
            fact = f"abandoned: champion is v{champion or '-'}, set from elsewhere; was: {decision.reason}"
            changed = {"kind": "abandoned", "reason": fact, "champion_before": champion, "champion_after": champion}
            decision = decision.model_copy(update=changed)
        self._carry_out(model, decision, journaled=True)
        return decision

    def _carry_out(self, model: str, decision: Decision, *, journaled: bool = False) -> None:
        text = decision.model_dump_json()
        if not journaled:
            self._client.set_registered_model_tag(model, PENDING, text)
        if decision.kind in ("promotion", "rollback"):
            self._point(model, PREVIOUS, decision.previous_after)
            self._point(model, CHAMPION, decision.champion_after)
        if decision.kind == "promotion" and self.aliases(model).get(CHALLENGER) == decision.version:
            self._client.delete_registered_model_alias(model, CHALLENGER)
        for number, tags in _version_tags(decision).items():
            for key, value in tags.items():
                self._client.set_model_version_tag(model, number, key, value)
        self._client.set_registered_model_tag(model, f"{HISTORY}{decision.key}", text)
        self._client.delete_registered_model_tag(model, PENDING)

    def _point(self, model: str, alias: str, number: str) -> None:
        if number:
            self._client.set_registered_model_alias(model, alias, number)
        else:
            self._client.delete_registered_model_alias(model, alias)

    def _model(self, model: str) -> Any:
        found = self._client.search_registered_models(f"name = '{model}'", max_results=1)
        return found[0] if found else None


def _version_tags(decision: Decision) -> dict[str, dict[str, str]]:
    """Version → tags that tell of the decision."""
    if decision.kind == "promotion":
        mark = {STATUS: "approved", "promoted_at": decision.when, "promoted_by": decision.who}
        return {decision.version: {**mark, "promoted_from": decision.champion_before or "none"}}
    if decision.kind == "rejection":
        return {decision.version: {STATUS: "rejected", "decided_at": decision.when}}
    if decision.kind == "rollback":
        return {decision.champion_before: {STATUS: "rejected", "rolled_back_at": decision.when}}
    return {}


def _parsed(model: str, key: str, text: str) -> Decision:
    try:
        return Decision.model_validate_json(text)
    except ValidationError as error:
        raise RegistryError(f"{model}: tag {key} is no record of a decision; remove it by hand in MLflow") from error
