"""The last stage: the recipe's gates judge the challenger against the present champion, and it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from burnish_flows.data import git
from burnish_flows.registry import promotion
from burnish_flows.registry.decision import WARNING, Decision, GateResult
from burnish_flows.registry.store import ChampionChangedError, Registry, Version
from burnish_flows.retrain import approval, stand_in
from burnish_flows.retrain.evaluate import Scores, score_version
from burnish_flows.retrain.judging import judge, reason
from burnish_flows.retrain.snapshot import Run

ATTEMPTS = 5
"""How often a champion that changed meanwhile is compared with anew."""


def decide(run: Run, registry: Registry, version: Version, scores: Scores) -> tuple[Decision, Scores]:
    """Judge and carry out; when another decision came first, compare with the new champion and judge again.

    Returns:
        The decision, and the scores that it was made of.

    Raises:
        ChampionChangedError: The champion changed each time.
    """
    from burnish.plugins.catalog import installed

    for attempt in range(ATTEMPTS):
        judgements = judge(run.recipe, scores)
        try:
            decision = promotion.decide(
                registry,
                run.model,
                version.number,
                expected=scores.champion_version,
                judgements=[*judgements, *warnings(scores)],
                reason=_reason(judgements, scores),
                who=who(run),
                compared_with=scores.stand_in,
                approval=approval.wanted(run.recipe, installed()),
            )
            return decision, scores
        except ChampionChangedError:
            if attempt == ATTEMPTS - 1:
                raise
            number = registry.champion(run.model)
            champion = score_version(run, registry, number)
            scores = replace(scores, champion=champion, champion_version=number, stand_in="")
            if not number:
                scores = stand_in.compared(run, registry, scores, version.number)
    raise AssertionError("unreachable")


def warnings(scores: Scores) -> list[GateResult]:
    """What decides nothing and is recorded with the decision: baselines that beat the challenger."""
    from burnish.evaluation.baselines import beaten

    if scores.challenger is None:
        return []
    found = beaten(scores.challenger.card, [one.card for one in scores.baselines.values()])
    return [GateResult(gate=WARNING, passed=True, reason=one.sentence(), figures=one.as_json()) for one in found]


def _reason(judgements: Sequence[GateResult], scores: Scores) -> str:
    told = reason(judgements)
    return f"there is no champion, v{scores.stand_in} stood in for it; {told}" if scores.stand_in else told


def who(run: Run) -> str:
    """Who decides: as git would sign, else the operating system's user."""
    return git.who(run.project)
