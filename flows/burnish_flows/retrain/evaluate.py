"""The third stage: challenger, champion and baselines are scored on the same benchmarks and current data."""

from __future__ import annotations

from pathlib import Path

from burnish.errors import PluginError, RestorationError

from burnish_flows.registry.store import Registry
from burnish_flows.retrain.scoring import stand_in
from burnish_flows.retrain.scoring.scores import Scores, Way, score, score_baselines, score_champion
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Evaluated, Retraining, Trained
from burnish_flows.retrain.tracking import observers


def evaluated(retraining: Retraining, trained: Trained) -> Evaluated:
    """The stage: score all of them; without a champion, the best remaining version replaces it."""
    run, registry = retraining.run, retraining.registry
    scores = evaluate(run, registry, trained.bundle, "alone" if retraining.runner.serial else "timed")
    if not scores.champion_version:
        scores = stand_in.compared(run, registry, scores, trained.registered)
    observers.evaluated(run, scores)
    return Evaluated(bundle=trained.bundle, scores=scores)


def evaluate(run: Run, registry: Registry, bundle: Path, way: Way = "alone", *, against: str | None = None) -> Scores:
    """Score the challenger's bundle, the present champion and the recipe's baselines.

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
        challenger = score(run, loaded, subject=f"{run.model} challenger", way=way)
    except (RestorationError, PluginError) as error:
        failure = " ".join(str(error).split())
    return Scores(
        challenger=challenger,
        failure=failure,
        champion=champion,
        champion_version=number,
        baselines=baselines,
    )
