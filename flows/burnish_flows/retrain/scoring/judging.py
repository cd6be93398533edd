"""The verdicts of the recipe's gates on a challenger, and the decision as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from burnish.recipe.document import Recipe

from burnish_flows.registry.decision import TRUST, WARNING, GateResult
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


def warnings(scores: Scores, *, champion_stays: bool) -> list[GateResult]:
    """What decides nothing and is recorded with the decision: baselines that beat the challenger, and a champion that
    stays.
    """
    from burnish.evaluation.baselines import beaten

    cards = [one.card for one in scores.baselines.values()]
    told: list[tuple[str, Scorecard]] = [("it", scores.challenger.card)] if scores.challenger else []
    if champion_stays and scores.champion is not None:
        told.append((f"the {scores.rival}", scores.champion.card))
    return [
        GateResult(gate=WARNING, passed=True, reason=one.sentence(name), figures=one.as_json())
        for name, card in told
        for one in beaten(card, cards)
    ]


def trust(scores: Scores) -> list[GateResult]:
    """What decides nothing and is recorded with the decision: how far the challenger's estimates can be trusted.

    Of each benchmark the coverage of its calibrated intervals, and its consistency with what it was given, as far as
    they were measured.
    """
    told, figures = [], dict[str, object]()
    for name, result in scores.challenger.card.results.items() if scores.challenger else ():
        found = result.intervals
        if found is not None and (level := found.at(found.asked)) is not None:
            told.append(
                f"{name}: {level.mean_coverage:.3f} of the values within intervals that promise {level.asked:g}"
            )
            figures[f"{name} coverage"] = {
                "asked": level.asked,
                "measured": level.mean_coverage,
                "width": level.mean_width,
            }
        for metric, one in result.scores.items():
            if metric.rpartition("/")[2] == "consistency":
                told.append(f"{name}: {metric} {one.mean:.4g} {one.unit}".rstrip())
                figures[f"{name} consistency"] = one.mean
    return [GateResult(gate=TRUST, passed=True, reason="; ".join(told), figures=figures)] if told else []


def beaten_versions(scores: Scores, challenger: str) -> dict[str, str]:
    """Version → how baselines beat it, empty where none does: of the challenger, whose number is given, and of what it
    was compared with. Nothing where no baselines were scored.
    """
    from burnish.evaluation.baselines import beaten

    cards = [one.card for one in scores.baselines.values()]
    scored = {scores.stand_in or scores.champion_version: scores.champion, challenger: scores.challenger}
    return {
        number: "; ".join(found.sentence() for found in beaten(one.card, cards))
        for number, one in scored.items()
        if one is not None and cards
    }
