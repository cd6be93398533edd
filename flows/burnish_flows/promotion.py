"""Every change of who is champion: decided, approved, promoted by hand, rolled back, vetoed, frozen.

Each is one decision, from the champion that was expected, and carried out by way of the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from burnish.errors import RegistryError

from burnish_flows import provenance
from burnish_flows.decision import Decision, Judgement, champions_before
from burnish_flows.journal import deciding
from burnish_flows.registry import (
    CHAMPION,
    PREVIOUS,
    ChampionChangedError,
    Registry,
    Version,
)

DECIDED = ("approved", "rejected")
"""What a version is that gates were asked about."""


def decide(
    registry: Registry,
    model: str,
    number: str,
    *,
    expected: str,
    judgements: Sequence[Judgement],
    reason: str,
    who: str,
    approval: timedelta | None = None,
) -> Decision:
    """Promote the version if every judgement passed, else reject it; either way it is recorded.

    Where promotions are frozen, a version that passed is held; where a person's approval is wanted, it awaits that. A
    version that was promoted or rejected already is not judged again: whoever asks has not heard the store's answer.

    Args:
        registry: Where.
        model: Its name.
        number: The challenger's version.
        expected: The champion that it was compared with; empty: none.
        judgements: What the gates said.
        reason: One sentence.
        who: Who decides.
        approval: How long a person may take to approve; None: nobody is asked.

    Raises:
        ChampionChangedError: The champion is another one by now; nothing was changed.
        RegistryError: The store fails, or the version is unknown.
    """
    with deciding(registry, model) as carry_out:
        version = registry.version(model, number)
        made = registry.last(version) if version.status in DECIDED else None
        if made is not None:
            return made
        champion = _expect(registry, model, number, expected)
        objections = _objections(version)
        said = [*judgements, *objections]
        failed = [judgement for judgement in said if not judgement.passed]
        frozen = registry.frozen(model)
        if failed:
            reason = reason if len(failed) > len(objections) else f"{failed[0].gate}: {failed[0].reason}"
            decision = _record(registry, version, "rejection", champion, reason, who, said)
        elif frozen is not None:
            reason = f"promotions are frozen since {frozen.when[:16]} by {frozen.who}: {frozen.reason}; {reason}"
            decision = _record(registry, version, "held", champion, reason, who, said)
        elif approval is not None:
            until = (datetime.now(UTC) + approval).isoformat(timespec="seconds")
            decision = _record(registry, version, "awaiting", champion, reason, who, said, until=until)
        else:
            decision = _record(registry, version, "promotion", champion, reason, who, said)
        return carry_out(decision)


def answer(registry: Registry, model: str, number: str, *, granted: bool, reason: str, who: str) -> Decision:
    """A person's answer to a version that awaits one: promotion or rejection.

    Raises:
        ChampionChangedError: The champion is another one than when it was asked; compare anew.
        RegistryError: It awaits no answer, its time has run out, or promotions are frozen.
    """
    with deciding(registry, model) as carry_out:
        version = registry.version(model, number)
        asked = registry.last(version)
        if asked is None or asked.kind != "awaiting":
            raise RegistryError(f"{model}: v{version.number} is {version.status} and awaits no approval")
        if granted:
            _expect(registry, model, version.number, asked.champion_before)
            _refuse_frozen(registry, model)
            if asked.until and datetime.now(UTC) > datetime.fromisoformat(asked.until):
                raise RegistryError(
                    f"{model}: v{version.number} awaited approval until {asked.until}; "
                    f"promote it with: burnish promote {model} {version.number}"
                )
        said = [*asked.judgements, Judgement(gate="flows/approval", passed=granted, reason=f"{who}: {reason}")]
        kind = "promotion" if granted and not _objections(version) else "rejection"
        decision = _record(registry, version, kind, registry.champion(model), f"flows/approval: {reason}", who, said)
        return carry_out(decision)


def promote(registry: Registry, model: str, reference: str, *, reason: str, who: str) -> Decision:
    """Make a version champion by a person's word, without asking gates.

    Raises:
        RegistryError: It is champion already, was vetoed, promotions are frozen, or where it comes from is not known.
    """
    with deciding(registry, model) as carry_out:
        version = registry.version(model, reference)
        champion = registry.champion(model)
        if version.number == champion:
            raise RegistryError(f"{model}: v{champion} is champion already")
        _refuse_frozen(registry, model)
        for objection in _objections(version):
            raise RegistryError(f"{model}: v{version.number} cannot be promoted: {objection.reason}")
        said = [Judgement(gate="flows/by-hand", passed=True, reason=f"{who}: {reason}")]
        decision = _record(registry, version, "promotion", champion, reason, who, said)
        return carry_out(decision)


def rollback(registry: Registry, model: str, *, reason: str, who: str) -> Decision:
    """Make the champion before the present one champion again; may be repeated as far as the history goes.

    Raises:
        RegistryError: There is no champion, none before it, or that was vetoed.
    """
    with deciding(registry, model) as carry_out:
        aliases = registry.aliases(model)
        champion, previous = aliases.get(CHAMPION, ""), aliases.get(PREVIOUS, "")
        if not champion or not previous:
            fact = f"v{champion} is the first champion" if champion else "has no champion"
            raise RegistryError(f"{model}: {fact} in {registry.uri}; there is nothing to go back to")
        if registry.version(model, previous).status == "vetoed":
            raise RegistryError(f"{model}: v{previous} was vetoed; choose another: burnish promote {model} VERSION")
        before = champions_before(registry.history(model))[:-1]
        decision = Decision(
            kind="rollback",
            version=previous,
            champion_before=champion,
            champion_after=previous,
            previous_after=before[-1] if before else "",
            reason=reason,
            who=who,
        )
        return carry_out(decision)


def veto(registry: Registry, model: str, reference: str, *, reason: str, who: str) -> Decision:
    """See to it that a version never becomes champion; also answers an awaited approval.

    Raises:
        RegistryError: It is champion; roll back first.
    """
    with deciding(registry, model) as carry_out:
        version = registry.version(model, reference)
        champion = registry.champion(model)
        if version.number == champion:
            raise RegistryError(f"{model}: v{champion} is champion; run first: burnish rollback {model}")
        decision = _record(registry, version, "veto", champion, reason, who, ())
        return carry_out(decision)


def freeze(registry: Registry, model: str, *, reason: str, who: str) -> Decision:
    """Let no version become champion until ``thaw``, except by a rollback.

    Raises:
        RegistryError: There is no such model, or it is frozen already.
    """
    return _of_model(registry, model, "freeze", reason, who)


def thaw(registry: Registry, model: str, *, reason: str, who: str) -> Decision:
    """Let versions become champion again.

    Raises:
        RegistryError: There is no such model, or it is not frozen.
    """
    return _of_model(registry, model, "thaw", reason, who)


def _of_model(registry: Registry, model: str, kind: str, reason: str, who: str) -> Decision:
    with deciding(registry, model) as carry_out:
        if not registry.exists(model):
            raise RegistryError(f"{model}: there is no such model in {registry.uri}")
        frozen = registry.frozen(model)
        if (kind == "freeze") == (frozen is not None):
            fact = f"frozen since {frozen.when[:16]} by {frozen.who}: {frozen.reason}" if frozen else "not frozen"
            raise RegistryError(f"{model}: is {fact}")
        champion = registry.champion(model)
        facts = {"kind": kind, "version": "", "reason": reason, "who": who}
        decision = Decision.model_validate({**facts, "champion_before": champion, "champion_after": champion})
        return carry_out(decision)


def _expect(registry: Registry, model: str, number: str, expected: str) -> str:
    champion = registry.champion(model)
    if champion != expected:
        raise ChampionChangedError(
            f"{model}: champion is v{champion or '-'} by now, v{number} was compared with v{expected or '-'}; "
            f"compare it anew"
        )
    return champion


def _refuse_frozen(registry: Registry, model: str) -> None:
    frozen = registry.frozen(model)
    if frozen is not None:
        raise RegistryError(
            f"{model}: promotions are frozen since {frozen.when[:16]} by {frozen.who}: {frozen.reason}; "
            f"end it with: burnish thaw {model}"
        )


def _objections(version: Version) -> list[Judgement]:
    """What no gate can outweigh."""
    found = []
    if missing := provenance.unknown(version.tags):
        fact = f"unknown: {', '.join(missing)}"
        found.append(Judgement(gate="flows/provenance", passed=False, reason=fact))
    if version.status == "vetoed":
        found.append(Judgement(gate="flows/veto", passed=False, reason="it was vetoed; see burnish history"))
    return found


def _record(
    registry: Registry,
    version: Version,
    kind: str,
    champion: str,
    reason: str,
    who: str,
    judgements: Sequence[Judgement],
    *,
    until: str = "",
) -> Decision:
    """A decision about one version; only a promotion moves aliases."""
    previous = registry.aliases(version.model).get(PREVIOUS, "")
    promoted = kind == "promotion"
    facts = {
        "kind": kind,
        "version": version.number,
        "champion_before": champion,
        "champion_after": version.number if promoted else champion,
        "previous_after": champion if promoted and champion != version.number else previous,
        "reason": reason,
        "judgements": tuple(judgements),
        "who": who,
        "until": until,
        "scorecard": f"runs:/{version.run_id}/scorecard.json" if version.run_id else "",
    }
    return Decision.model_validate(facts)
