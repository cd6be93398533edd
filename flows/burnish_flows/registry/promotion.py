"""Every change of the champion: decided, approved, promoted manually, rolled back, vetoed, frozen.

Each is one decision, from the champion that was expected, and carried out by way of the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from burnish.errors import RegistryError

from burnish_flows.registry import provenance, soundness
from burnish_flows.registry.decision import Decision, GateResult, Kind
from burnish_flows.registry.journal import deciding
from burnish_flows.registry.store import PREVIOUS, ChampionChangedError, ModelState, Registry, Version

DECIDED = ("approved", "rejected")
"""Statuses of versions that gates have judged."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The basis of a decision on a version."""

    judgements: tuple[GateResult, ...] = ()
    """The gates' verdicts."""
    reason: str
    """One sentence."""
    expected: str = ""
    """The champion at the time of the comparison; empty: none."""
    compared_with: str = ""
    """Version that it was compared with if there is no champion; empty: the champion."""
    beaten: Mapping[str, str] = field(default_factory=dict)
    """See ``Decision``."""


def decide(
    registry: Registry, model: str, number: str, findings: Findings, *, who: str, approval: timedelta | None = None
) -> Decision:
    """Promote the version if every gate passed, else reject it; both are recorded.

    While promotions are frozen, a version that passed is held; if a person's approval is required, it awaits that. A
    version that was promoted or rejected is not judged again while the version that it was compared with exists: the
    caller did not receive the store's answer. The champion is never judged: its decision is returned.

    Args:
        registry: Where.
        model: Its name.
        number: The challenger's version.
        findings: What the gates said, and of which comparison.
        who: Who decides.
        approval: Time limit for a person's approval; None: no approval is needed.

    Raises:
        ChampionChangedError: The champion is another one by now; nothing was changed.
        RegistryError: The store fails, or the version is unknown.
    """
    with deciding(registry, model) as (now, carry_out):
        version = now.version(number)
        if version.number == now.champion and (crowned := now.trail.crowned) is not None:
            return crowned
        made = now.trail.last(version.number) if version.status in DECIDED else None
        if made is not None and now.trail.stands(made, now.versions):
            return made
        _expect(now, number, findings.expected)
        against = objections(registry, version)
        said, reason = (*findings.judgements, *against), findings.reason
        failed = [judgement for judgement in said if not judgement.passed]
        frozen, until = now.trail.frozen, ""
        kind: Kind = "promotion"
        if failed:
            kind = "rejection"
            reason = reason if len(failed) > len(against) else f"{failed[0].gate}: {failed[0].reason}"
        elif frozen is not None:
            kind = "held"
            reason = f"promotions are frozen since {frozen.when[:16]} by {frozen.who}: {frozen.reason}; {reason}"
        elif approval is not None:
            kind, until = "awaiting", (datetime.now(UTC) + approval).isoformat(timespec="seconds")
        return carry_out(_record(now, version, kind, replace(findings, judgements=said, reason=reason), who, until))


def answer(registry: Registry, model: str, number: str, *, granted: bool, reason: str, who: str) -> Decision:
    """Record a person's answer to a version that awaits approval: promotion or rejection.

    Raises:
        ChampionChangedError: The champion has changed since the comparison; compare again.
        RegistryError: It awaits no answer, its time has run out, or promotions are frozen.
    """
    with deciding(registry, model) as (now, carry_out):
        version = now.version(number)
        asked = now.trail.last(version.number)
        if asked is None or asked.kind != "awaiting":
            raise RegistryError(f"{model}: v{version.number} is {version.status} and does not wait for approval")
        if granted:
            _expect(now, version.number, asked.champion_before)
            _refuse_frozen(now)
            if asked.until and datetime.now(UTC) > datetime.fromisoformat(asked.until):
                raise RegistryError(
                    f"{model}: v{version.number} awaited approval until {asked.until}; "
                    f"promote it with: burnish promote {model}:{version.number}"
                )
        said = GateResult(gate="flows/approval", passed=granted, reason=f"{who}: {reason}")
        against = objections(registry, version)
        kind: Kind = "promotion" if granted and not against else "rejection"
        reason = f"{against[0].gate}: {against[0].reason}" if granted and against else f"flows/approval: {reason}"
        findings = Findings(
            judgements=(*asked.judgements, said, *against),
            reason=reason,
            compared_with=asked.compared_with,
            beaten=asked.beaten,
        )
        return carry_out(_record(now, version, kind, findings, who))


def promote(registry: Registry, model: str, reference: str, *, reason: str, who: str) -> Decision:
    """Make a version champion on a person's decision, without running the gates.

    Raises:
        RegistryError: It is champion already, was vetoed, was never trained, promotions are frozen, or where it comes
            from is not known.
    """
    with deciding(registry, model) as (now, carry_out):
        version = now.version(reference)
        if version.number == now.champion:
            raise RegistryError(f"{model}: v{now.champion} is already champion")
        _refuse_frozen(now)
        for objection in objections(registry, version):
            raise RegistryError(f"{model}: v{version.number} cannot be promoted: {objection.reason}")
        said = GateResult(gate="flows/by-hand", passed=True, reason=f"{who}: {reason}")
        return carry_out(_record(now, version, "promotion", Findings(judgements=(said,), reason=reason), who))


def rollback(registry: Registry, model: str, *, reason: str, who: str) -> Decision:
    """Make the previous champion champion again; can be repeated back to the first one.

    Champions before that were deleted or vetoed are passed over. Where the champion itself is gone, the last one before
    it that is left comes back.

    Raises:
        RegistryError: No champion before is left; says what became of them.
    """
    with deciding(registry, model) as (now, carry_out):
        before = predecessors(now)
        if not before:
            raise RegistryError(f"{model}: {_why_no_predecessor(now)}")
        decision = Decision(
            kind="rollback",
            version=before[-1],
            champion_before=now.champion,
            champion_after=before[-1],
            previous_after=before[-2] if len(before) > 1 else "",
            reason=reason,
            who=who,
        )
        return carry_out(decision)


def predecessors(now: ModelState) -> list[str]:
    """The champions that a rollback can return to, oldest first: those that exist and were not vetoed.

    Only where burnish has decided nothing yet the alias ``previous`` is believed.
    """
    known = now.trail.before() if now.trail.present else [now.aliases.get(PREVIOUS, "")]
    there = [number for number in known if number in now.versions and number != now.champion]
    return [number for number in there if now.versions[number].status != "vetoed"]


def veto(registry: Registry, model: str, reference: str, *, reason: str, who: str) -> Decision:
    """Never let a version become champion; also answers an awaited approval.

    Raises:
        RegistryError: It is champion; roll back first.
    """
    with deciding(registry, model) as (now, carry_out):
        version = now.version(reference)
        if version.number == now.champion:
            raise RegistryError(f"{model}: v{now.champion} is champion; run first: burnish rollback {model}")
        return carry_out(_record(now, version, "veto", Findings(reason=reason), who))


def give_up(registry: Registry, model: str, number: str, *, reason: str, who: str) -> Decision:
    """Record that a version's files are gone, which closes all decisions about it.

    Raises:
        RegistryError: The store fails, or the version is unknown.
    """
    with deciding(registry, model) as (now, carry_out):
        return carry_out(_record(now, now.version(number), "lost", Findings(reason=reason), who))


def freeze(registry: Registry, model: str, *, reason: str, who: str) -> Decision:
    """Stop all promotions until ``thaw``, except a rollback.

    Raises:
        RegistryError: The model does not exist, or it is frozen already.
    """
    return _of_model(registry, model, "freeze", reason, who)


def thaw(registry: Registry, model: str, *, reason: str, who: str) -> Decision:
    """Allow promotions again.

    Raises:
        RegistryError: The model does not exist, or it is not frozen.
    """
    return _of_model(registry, model, "thaw", reason, who)


def _of_model(registry: Registry, model: str, kind: Kind, reason: str, who: str) -> Decision:
    with deciding(registry, model) as (now, carry_out):
        if not now.registered and not now.trail.decisions:
            raise RegistryError(f"{model}: there is no such model in {registry.uri}")
        frozen = now.trail.frozen
        if (kind == "freeze") == (frozen is not None):
            fact = f"frozen since {frozen.when[:16]} by {frozen.who}: {frozen.reason}" if frozen else "not frozen"
            raise RegistryError(f"{model}: is {fact}")
        champion = now.champion
        return carry_out(
            Decision(kind=kind, version="", champion_before=champion, champion_after=champion, reason=reason, who=who)
        )


def _expect(now: ModelState, number: str, expected: str) -> None:
    if now.champion != expected:
        raise ChampionChangedError(
            f"{now.model}: the champion is now v{now.champion or '-'}, but v{number} was compared with "
            f"v{expected or '-'}; compare it again"
        )


def _refuse_frozen(now: ModelState) -> None:
    frozen = now.trail.frozen
    if frozen is not None:
        raise RegistryError(
            f"{now.model}: promotions are frozen since {frozen.when[:16]} by {frozen.who}: {frozen.reason}; "
            f"end it with: burnish thaw {now.model}"
        )


def _why_no_predecessor(now: ModelState) -> str:
    """The reason why there is no earlier champion, and the fix."""
    if not now.versions:
        return f"has no champion in {now.uri}; there is no earlier champion"
    fates = []
    for number in dict.fromkeys(reversed(now.trail.before())):
        if number not in now.versions:
            fates.append(f"v{number} was deleted")
        elif number != now.champion:
            fates.append(f"v{number} was vetoed")
    if not fates:
        fact = f"v{now.champion} is the first champion" if now.champion else "no version was champion before"
    else:
        fact = f"no earlier champion is left ({', '.join(fates)})"
    return f"{fact} in {now.uri}; there is no earlier champion; choose a version: burnish promote {now.model}:VERSION"


def objections(registry: Registry, version: Version) -> list[GateResult]:
    """The objection to a promotion that no gate and no person can override."""
    found = []
    if missing := provenance.unknown(version.tags):
        fact = f"unknown: {', '.join(missing)}"
        found.append(GateResult(gate="flows/provenance", passed=False, reason=fact))
    if version.status == "vetoed":
        found.append(GateResult(gate="flows/veto", passed=False, reason="it was vetoed; see burnish history"))
    if fault := soundness.fault(registry, version):
        found.append(GateResult(gate="flows/trained", passed=False, reason=fault))
    return found


def _record(now: ModelState, version: Version, kind: Kind, findings: Findings, who: str, until: str = "") -> Decision:
    """Store a decision about one version; only a promotion moves aliases."""
    before = predecessors(now)
    previous = before[-1] if before else ""
    promoted = kind == "promotion"
    return Decision(
        kind=kind,
        version=version.number,
        champion_before=now.champion,
        champion_after=version.number if promoted else now.champion,
        previous_after=now.champion if promoted and now.champion not in ("", version.number) else previous,
        compared_with=findings.compared_with or now.champion,
        reason=findings.reason,
        judgements=findings.judgements,
        beaten=dict(findings.beaten),
        who=who,
        until=until,
        scorecard=f"runs:/{version.run_id}/scorecard.json" if version.run_id else "",
    )
