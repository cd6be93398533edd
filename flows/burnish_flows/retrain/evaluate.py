"""The third stage: challenger, champion and baselines are scored on the same benchmarks and current data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from burnish.errors import PluginError, RestorationError

from burnish_flows.registry.store import Registry
from burnish_flows.retrain.scoring import stand_in
from burnish_flows.retrain.scoring.baselines import Selection, score_baselines
from burnish_flows.retrain.scoring.scores import Scored, Scores, Way, score, score_champion
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Evaluated, Retraining, Trained
from burnish_flows.retrain.tracking import observers
from burnish_flows.retrain.tracking.notes import Notes


def evaluated(retraining: Retraining, trained: Trained) -> Evaluated:
    """The stage: score all of them; without a champion, the best remaining version takes its place."""
    from burnish.evaluation.baselines import note

    run, registry = retraining.run, retraining.registry
    scores = evaluate(run, registry, trained.bundle, "alone" if retraining.runner.serial else "timed")
    if not scores.champion_version:
        scores = stand_in.compared(run, registry, scores, trained.registered)
    if scores.challenger is not None and (chosen := note(scores.challenger.card)):
        Notes(run.quiet).say(f"{run.model}: {chosen}")
    observers.evaluated(run, scores)
    return Evaluated(bundle=trained.bundle, scores=scores)


def evaluate(run: Run, registry: Registry, bundle: Path, way: Way = "alone", *, against: str | None = None) -> Scores:
    """Score the challenger's bundle, the present champion and the baselines: the recipe's, else chosen ones.

    A challenger that breaks (NaN, for one) is a fact about the challenger and no failure of the run.

    Args:
        run: Of the recipe.
        registry: Knows the champion.
        bundle: The challenger's.
        way: How scores are measured; ``timed`` reuses those computed in parallel.
        against: Version to compare with; None: the present champion; empty: none.

    Raises:
        EvaluationError: A benchmark cannot be run.
    """
    from burnish.inference import load_bundle

    number = registry.champion(run.model) if against is None else against
    baselines = score_baselines(run, way)
    champion = score_champion(run, registry, number, way)
    challenger, failure = None, ""
    try:
        loaded = load_bundle(bundle)
        challenger = _noted(score(run, loaded, subject=f"{run.model} challenger", way=way), baselines.selection)
    except (RestorationError, PluginError) as error:
        failure = " ".join(str(error).split())
    return Scores(
        challenger=challenger,
        failure=failure,
        champion=champion,
        champion_version=number,
        baselines=baselines.scored,
    )


def _noted(challenger: Scored, selection: Selection | None) -> Scored:
    """With the way in which baselines were chosen, where the recipe names none, in the scorecard's lineage."""
    from burnish.evaluation.baselines import CHOSEN

    if selection is None:
        return challenger
    noted = {**challenger.card.lineage, CHOSEN: {"note": selection.sentence(), **selection.model_dump(mode="json")}}
    return replace(challenger, card=challenger.card.model_copy(update={"lineage": noted}))
