"""The journal of a model's champions: a decision is stored, carried out in repeatable steps, and closed.

MLflow has no compare-and-set: two promoters that read, compare and set lose updates. Here every change is one decision
that is carried out under a lock and journaled: it is first stored completely (``ledger``), then carried out in
repeatable steps, then closed. A process that dies between two steps leaves a decision that the next caller completes,
or gives up if that is no longer possible: versions and aliases may have been deleted or moved in MLflow meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from burnish_flows.locks.locking import Check, registry_lock
from burnish_flows.registry import old_tags
from burnish_flows.registry.decision import Decision
from burnish_flows.registry.decision_history import STATUSES
from burnish_flows.registry.decision_store import LedgerEntry
from burnish_flows.registry.store import CHALLENGER, CHAMPION, PREVIOUS, STATUS, ModelState, Registry, store_errors

Act = Callable[[Decision], Decision]
"""Carries a decision out and returns it."""
OUTSIDE = "somebody in MLflow"
"""The author of changes that were not made by burnish."""


@contextmanager
def deciding(registry: Registry, model: str) -> Iterator[tuple[ModelState, Act]]:
    """Hold the right to decide about the model; interrupted decisions are completed or given up first.

    Yields:
        The model as it stands, and what carries a decision about it out.

    Raises:
        RegistryError: Another process holds the right for too long, or the store fails.
    """
    with store_errors(registry.uri), registry_lock(registry.uri, model, client=registry.client) as check:
        desk = _DecisionWriter(registry=registry, model=model, check=check)
        desk.mend()
        now = registry.stand(model)
        yield now, lambda decision: desk.carry_out(now, decision)


def mend(registry: Registry, model: str) -> Decision | None:
    """Complete or give up an interrupted decision; None if there is none."""
    with store_errors(registry.uri), registry_lock(registry.uri, model, client=registry.client) as check:
        return _DecisionWriter(registry=registry, model=model, check=check).mend()


@dataclass(frozen=True, kw_only=True)
class _DecisionWriter:
    """Carries out decisions while the lock is held."""

    registry: Registry
    model: str
    check: Check

    def mend(self) -> Decision | None:
        """Finish interrupted decisions, import old records, and record changes made outside burnish."""
        mended: Decision | None = None
        now = self.registry.stand(self.model)
        self._do(lambda: self.registry.ledger.clear(self.model))
        for made in now.old:
            self._record(made)
        for entry in now.pending:
            mended = self._complete(now, entry)
            now = self.registry.stand(self.model)
        if old_tags.PENDING in now.tags:
            mended = self._import_old(now) or mended
            now = self.registry.stand(self.model)
        self._note_changes(now)
        return mended

    def carry_out(self, now: ModelState, decision: Decision) -> Decision:
        """Store a decision and carry it out; returns it as stored."""
        decision = _dated(now, decision)
        run_id: list[str] = []
        self._do(lambda: run_id.append(self.registry.ledger.write(decision)))
        self._act(now, decision, run_id[0])
        return decision

    def _complete(self, now: ModelState, entry: LedgerEntry) -> Decision:
        impossible = _why_impossible(now, entry.decision)
        if not impossible:
            self._act(now, entry.decision, entry.run_id)
            return entry.decision
        given_up = self._give_up(now, entry.decision, impossible)
        self._do(lambda: self.registry.ledger.close(entry.run_id, "KILLED"))
        return given_up

    def _import_old(self, now: ModelState) -> Decision | None:
        """Finish a decision that an older burnish left unfinished in a tag."""
        made = old_tags.parsed(now.tags[old_tags.PENDING])
        known = {decision.id for decision in now.trail.decisions}
        mended: Decision | None = None
        if made is None:
            said = f"tag {old_tags.PENDING} contains no decision and was removed"
            mended = self._record(_model_decision(now, "abandoned", said))
        elif made.id not in known:
            impossible = _why_impossible(now, made)
            mended = self._give_up(now, made, impossible) if impossible else self.carry_out(now, made)
        self._do(lambda: self.registry.client.delete_registered_model_tag(self.model, old_tags.PENDING))
        return mended

    def _note_changes(self, now: ModelState) -> None:
        if (change := _outside_change(now)) is not None:
            self._record(change)

    def _give_up(self, now: ModelState, decision: Decision, why: str) -> Decision:
        """Record that a decision was given up, and why; first record changes made in MLflow, which this would hide."""
        self._note_changes(now)
        now = self.registry.stand(self.model)
        said = f"abandoned the {decision.kind} of v{decision.version}: {why}; it was: {decision.reason}"
        return self._record(_model_decision(now, "abandoned", said, version=decision.version, who=decision.who))

    def _record(self, decision: Decision) -> Decision:
        """Store a decision that needs no further step."""
        run_id: list[str] = []
        self._do(lambda: run_id.append(self.registry.ledger.write(decision, settled=True)))
        self._do(lambda: self.registry.ledger.close(run_id[0], "FINISHED"))
        return decision

    def _act(self, now: ModelState, decision: Decision, run_id: str) -> None:
        client = self.registry.client
        if decision.kind in ("promotion", "rollback"):
            self._do(lambda: _point(self.registry, self.model, PREVIOUS, decision.previous_after, now))
            self._do(lambda: _point(self.registry, self.model, CHAMPION, decision.champion_after, now))
        if decision.kind == "promotion" and now.aliases.get(CHALLENGER) == decision.version:
            self._do(lambda: client.delete_registered_model_alias(self.model, CHALLENGER))
        for number, key, value in _version_tags(decision):
            if number in now.versions:
                self._do(partial(client.set_model_version_tag, self.model, number, key, value))
        self._do(lambda: self.registry.ledger.close(run_id, "FINISHED"))

    def _do(self, step: Callable[[], object]) -> None:
        self.check()
        step()


def _why_impossible(now: ModelState, decision: Decision) -> str:
    """The reason why an interrupted decision cannot be completed; empty if it can."""
    if decision.registered not in ("", now.registered):
        return "the registered model was deleted in MLflow"
    if decision.kind not in ("promotion", "rollback"):
        return ""
    if decision.version not in now.versions:
        return f"v{decision.version} was deleted in MLflow"
    if now.champion in (decision.champion_before, decision.champion_after):
        return ""
    return (
        f"champion is v{now.champion}, set in MLflow" if now.champion else _lost_champion(now, decision.champion_before)
    )


def _outside_change(now: ModelState) -> Decision | None:
    """A decision that records a change of champion or model made outside burnish; None if there is none."""
    was, is_now = now.trail.champion, now.champion
    if not now.registered or (was == is_now and (now.trail.present or not now.trail.decisions)):
        return None
    if not now.trail.present:
        fact = "the registered model was deleted and created again in MLflow: its versions count from 1 again"
    elif is_now:
        fact = f"the alias {CHAMPION} was set to v{is_now} in MLflow; it was v{was or '-'}"
    else:
        fact = _lost_champion(now, was)
    return _model_decision(now, "outside", fact, before=was, who=OUTSIDE)


def _lost_champion(now: ModelState, champion: str) -> str:
    return f"v{champion}, the champion, {'lost its alias' if champion in now.versions else 'was deleted'} in MLflow"


def _model_decision(
    now: ModelState, kind: str, reason: str, *, version: str = "", before: str | None = None, who: str = "burnish"
) -> Decision:
    facts = {"kind": kind, "version": version, "reason": reason, "who": who, "champion_after": now.champion}
    decision = Decision.model_validate({**facts, "champion_before": now.champion if before is None else before})
    return _dated(now, decision)


def _dated(now: ModelState, decision: Decision) -> Decision:
    """The decision about the present model, dated later than all before it, whatever this host's clock says."""
    last = max((made.when for made in now.trail.decisions), default="")
    when = decision.when
    if last and when <= last:
        when = (datetime.fromisoformat(last) + timedelta(microseconds=1)).isoformat(timespec="microseconds")
    return decision.model_copy(update={"model": now.model, "registered": now.registered, "when": when})


def _point(registry: Registry, model: str, alias: str, number: str, now: ModelState) -> None:
    if number in now.versions:
        registry.client.set_registered_model_alias(model, alias, number)
    else:
        registry.client.delete_registered_model_alias(model, alias)


def _version_tags(decision: Decision) -> list[tuple[str, str, str]]:
    """Version, tag and value of all tags that show the decision in MLflow."""
    if decision.kind == "rollback":
        undone = decision.champion_before
        return [(undone, STATUS, "rejected"), (undone, "rolled_back_at", decision.when)]
    if decision.kind not in STATUSES:
        return []
    tags = {STATUS: STATUSES[decision.kind]}
    if decision.kind == "promotion":
        tags |= {"promoted_at": decision.when, "promoted_by": decision.who}
        tags |= {"promoted_from": decision.champion_before or "none"}
    else:
        tags |= {"decided_at": decision.when}
    return [(decision.version, key, value) for key, value in tags.items()]
