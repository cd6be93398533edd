"""The verdicts of the recipe's gates on a challenger, and the decision as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from burnish.recipe.document import Recipe

from burnish_flows.registry.decision import WARNING, GateResult
from burnish_flows.retrain import approval
from burnish_flows.retrain.scoring.scores import Scores

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import Scorecard


def judge(recipe: Recipe, scores: Scores) -> list[GateResult]:
    """The verdict of each gate; a gate that is missing, misconfigured or raises counts as failed."""
    from burnish.builtin import gates
    from burnish.plugins.catalog import installed

    if scores.challenger is None:
        return [GateResult(gate="burnish/evaluation", passed=False, reason=f"it cannot be evaluated: {scores.failure}")]
    champion: Scorecard | None = scores.champion.card if scores.champion else None
    if not recipe.gates:
        fact = "the recipe names no gates: " + ("only a first model is promoted" if champion else "the first model")
        return [GateResult(gate="burnish/first", passed=champion is None, reason=fact)]
    said = gates.judge(
        approval.others(recipe, installed()),
        scores.challenger.card,
        champion,
        baselines=[one.card for one in scores.baselines.values()],
    )
    return [
        GateResult(
            gate=one.gate, passed=one.verdict.passed, reason=one.verdict.reason, figures=dict(one.verdict.figures)
        )
        for one in said
    ]


def reason(judgements: Sequence[GateResult]) -> str:
    """The decision in one sentence: what failed, or what the first gate found."""
    if not judgements:
        return "the recipe's only gate is a person's approval"
    failed = [f"{judgement.gate}: {judgement.reason}" for judgement in judgements if not judgement.passed]
    if failed:
        return "; ".join(failed)
    return f"passed {len(judgements)} of {len(judgements)} gates; {judgements[0].gate}: {judgements[0].reason}"


def warnings(scores: Scores) -> list[GateResult]:
    """Facts that are recorded but decide nothing: baselines that beat the challenger."""
    from burnish.evaluation.baselines import beaten

    if scores.challenger is None:
        return []
    found = beaten(scores.challenger.card, [one.card for one in scores.baselines.values()])
    return [GateResult(gate=WARNING, passed=True, reason=one.sentence(), figures=one.as_json()) for one in found]
