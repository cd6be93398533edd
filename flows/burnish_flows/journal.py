"""The journal of a model's champions: a decision is written down, carried out in steps that may be repeated, and kept.

MLflow has no compare-and-set: two promoters that read, compare and set lose updates. Here every change is one decision
that is carried out under a lock and journaled: it is first written down whole (tag ``burnish.pending``), then done in
steps that may be repeated, then kept as history. Whoever dies between two steps leaves a journal entry that the next
caller completes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from burnish_flows.decision import Decision
from burnish_flows.locking import Check, registry_lock
from burnish_flows.registry import CHALLENGER, CHAMPION, FROZEN, HISTORY, PENDING, PREVIOUS, STATUS, Registry

Act = Callable[[Decision], Decision]
"""Carries a decision out and returns it."""


@contextmanager
def deciding(registry: Registry, model: str) -> Iterator[Act]:
    """Hold the right to decide about the model; what somebody died over is completed first.

    Raises:
        RegistryError: Another process holds the right for too long.
    """
    with registry_lock(registry.uri, model, client=registry.client) as check:
        _mend(registry, model, check)
        yield lambda decision: _carry_out(registry, model, decision, check)


def mend(registry: Registry, model: str) -> Decision | None:
    """Complete a decision that someone died over; None when there is none."""
    with registry_lock(registry.uri, model, client=registry.client) as check:
        return _mend(registry, model, check)


def _mend(registry: Registry, model: str, check: Check) -> Decision | None:
    decision = registry.pending(model)
    if decision is None:
        return None
    champion = registry.champion(model)
    if champion not in (decision.champion_before, decision.champion_after):
        fact = f"abandoned: champion is v{champion or '-'}, set from elsewhere; was: {decision.reason}"
        changed = {"kind": "abandoned", "reason": fact, "champion_before": champion, "champion_after": champion}
        decision = decision.model_copy(update=changed)
    return _carry_out(registry, model, decision, check, journaled=True)


def _carry_out(
    registry: Registry, model: str, decision: Decision, check: Check, *, journaled: bool = False
) -> Decision:
    text, client = decision.model_dump_json(), registry.client
    steps: list[Callable[[], object]] = []
    if not journaled:
        steps.append(lambda: client.set_registered_model_tag(model, PENDING, text))
    if decision.kind in ("promotion", "rollback"):
        steps.append(lambda: _point(registry, model, PREVIOUS, decision.previous_after))
        steps.append(lambda: _point(registry, model, CHAMPION, decision.champion_after))
    if decision.kind == "promotion" and registry.aliases(model).get(CHALLENGER) == decision.version:
        steps.append(lambda: client.delete_registered_model_alias(model, CHALLENGER))
    if decision.kind == "freeze":
        steps.append(lambda: client.set_registered_model_tag(model, FROZEN, text))
    if decision.kind == "thaw" and registry.frozen(model) is not None:
        steps.append(lambda: client.delete_registered_model_tag(model, FROZEN))
    for number, key, value in _version_tags(decision):
        steps.append(partial(client.set_model_version_tag, model, number, key, value))
    steps.append(lambda: _keep(registry, model, decision, text))
    steps.append(lambda: client.delete_registered_model_tag(model, PENDING))
    for step in steps:
        check()
        step()
    return decision


def _keep(registry: Registry, model: str, decision: Decision, text: str) -> None:
    """History is kept with the version that was judged, so that a model's own record does not grow with the years."""
    key = f"{HISTORY}{decision.key}"
    if decision.version:
        registry.client.set_model_version_tag(model, decision.version, key, text)
    else:
        registry.client.set_registered_model_tag(model, key, text)


def _point(registry: Registry, model: str, alias: str, number: str) -> None:
    if number:
        registry.client.set_registered_model_alias(model, alias, number)
    else:
        registry.client.delete_registered_model_alias(model, alias)


STATUSES = {
    "promotion": "approved",
    "rejection": "rejected",
    "awaiting": "awaiting",
    "held": "held",
    "veto": "vetoed",
}
"""Kind of a decision → what the version is afterwards."""


def _version_tags(decision: Decision) -> list[tuple[str, str, str]]:
    """Version, tag and value, for all that tells of the decision."""
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
