"""The last stage: the recipe's gates judge the challenger against the present champion, and it is recorded."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from burnish.recipe import Recipe

from burnish_flows import approval, git, promotion
from burnish_flows.decision import WARNING, Decision, Judgement
from burnish_flows.evaluate import Scores, score_version
from burnish_flows.registry import ChampionChangedError, Registry, Version
from burnish_flows.snapshot import Run

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import Scorecard

ATTEMPTS = 5
"""How often a champion that changed meanwhile is compared with anew."""


def decide(run: Run, registry: Registry, version: Version, scores: Scores) -> tuple[Decision, Scores]:
    """Judge and carry out; when another decision came first, compare with the new champion and judge again.

    Returns:
        The decision, and the scores that it was made of.

    Raises:
        ChampionChangedError: The champion changed each time.
    """
    from burnish.catalog import installed

    for attempt in range(ATTEMPTS):
        judgements = judge(run.recipe, scores)
        try:
            decision = promotion.decide(
                registry,
                run.model,
                version.number,
                expected=scores.champion_version,
                judgements=[*judgements, *warnings(scores)],
                reason=reason(judgements),
                who=who(run),
                approval=approval.wanted(run.recipe, installed()),
            )
            return decision, scores
        except ChampionChangedError:
            if attempt == ATTEMPTS - 1:
                raise
            number = registry.champion(run.model)
            scores = replace(scores, champion=score_version(run, registry, number), champion_version=number)
    raise AssertionError("unreachable")


def judge(recipe: Recipe, scores: Scores) -> list[Judgement]:
    """What each gate says; a gate that is missing, misconfigured or raises has not been passed."""
    from burnish import gates
    from burnish.catalog import installed

    if scores.challenger is None:
        return [Judgement(gate="burnish/evaluation", passed=False, reason=f"it cannot be evaluated: {scores.failure}")]
    champion: Scorecard | None = scores.champion.card if scores.champion else None
    if not recipe.gates:
        fact = "the recipe names no gates: " + ("only a first model is promoted" if champion else "the first model")
        return [Judgement(gate="burnish/first", passed=champion is None, reason=fact)]
    said = gates.judge(approval.others(recipe, installed()), scores.challenger.card, champion)
    return [
        Judgement(
            gate=one.gate, passed=one.verdict.passed, reason=one.verdict.reason, figures=dict(one.verdict.figures)
        )
        for one in said
    ]


def warnings(scores: Scores) -> list[Judgement]:
    """What decides nothing and is recorded with the decision: baselines that beat the challenger."""
    from burnish.evaluation.baselines import beaten

    if scores.challenger is None:
        return []
    found = beaten(scores.challenger.card, [one.card for one in scores.baselines.values()])
    return [Judgement(gate=WARNING, passed=True, reason=one.sentence(), figures=one.as_json()) for one in found]


def reason(judgements: Sequence[Judgement]) -> str:
    """The decision in one sentence: what failed, or what the first gate found."""
    if not judgements:
        return "the recipe names no gate but a person's approval"
    failed = [f"{judgement.gate}: {judgement.reason}" for judgement in judgements if not judgement.passed]
    if failed:
        return "; ".join(failed)
    return f"passed {len(judgements)} of {len(judgements)} gates; {judgements[0].gate}: {judgements[0].reason}"


def who(run: Run) -> str:
    """Who decides: as git would sign, else the operating system's user."""
    return git.user(run.project) or _system_user()


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
