"""The fifth stage: the recipe's gates judge the challenger against the champion; the decision is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from burnish_flows.data import git
from burnish_flows.registry import promotion
from burnish_flows.registry.decision import GateResult
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import ChampionChangedError
from burnish_flows.retrain import approval
from burnish_flows.retrain.scoring import stand_in
from burnish_flows.retrain.scoring.judging import beaten_versions, judge, reason, trust, warnings
from burnish_flows.retrain.scoring.scores import Scores, score_version
from burnish_flows.retrain.stage import Decided, Registered, Retraining
from burnish_flows.retrain.tracking import observers

ATTEMPTS = 5
"""How often to compare again if the champion changed in the meantime."""


def decided(retraining: Retraining, registered: Registered) -> Decided:
    """The stage: judge, carry out the decision, and notify observers."""
    made = decide(retraining, registered)
    observers.decided(retraining.run.model, made.decision, retraining.run.fingerprint)
    return made


def decide(retraining: Retraining, registered: Registered) -> Decided:
    """Judge and carry out the decision; if another decision came first, repeat with the new champion.

    Raises:
        ChampionChangedError: The champion changed each time.
    """
    from burnish.plugins.catalog import installed

    run, registry = retraining.run, retraining.registry
    version, scores = registered.version, registered.scores
    for attempt in range(ATTEMPTS):
        judgements = judge(run.recipe, scores)
        refused = not all(judgement.passed for judgement in judgements)
        findings = Findings(
            judgements=(*judgements, *warnings(scores, champion_stays=refused), *trust(scores)),
            reason=_reason(judgements, scores),
            expected=scores.champion_version,
            compared_with=scores.stand_in,
            beaten=beaten_versions(scores, version.number),
        )
        try:
            decision = promotion.decide(
                registry,
                run.model,
                version.number,
                findings,
                who=git.who(run.project),
                approval=approval.wanted(run.recipe, installed()),
            )
            return Decided(version=version, scores=scores, decision=decision)
        except ChampionChangedError:
            if attempt == ATTEMPTS - 1:
                raise
            number = registry.champion(run.model)
            champion = score_version(run, registry, number)
            scores = replace(scores, champion=champion, champion_version=number, stand_in="")
            if not number:
                scores = stand_in.compared(run, registry, scores, version.number)
    raise AssertionError("unreachable")


def _reason(judgements: Sequence[GateResult], scores: Scores) -> str:
    told = reason(judgements)
    return f"there is no champion, so v{scores.stand_in} took its place; {told}" if scores.stand_in else told
