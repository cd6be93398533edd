"""Notifies lifecycle observers of the flow's stages; their results and errors change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from burnish.events import ModelEvaluated, ModelRegistered, PromotionDecided, RunFailed
from burnish.plugins.host import installed

from burnish_flows.registry.decision import Decision
from burnish_flows.registry.store import Version
from burnish_flows.retrain.scoring.scores import Scores
from burnish_flows.retrain.snapshot import Run


def evaluated(run: Run, scores: Scores) -> None:
    """Notify that the challenger has a scorecard."""
    if scores.challenger is None:
        return
    card = scores.challenger.card
    means = {name: {metric: one.mean for metric, one in result.scores.items()} for name, result in card.results.items()}
    event = ModelEvaluated(model=run.model, run=run.fingerprint, subject=card.subject, means=means)
    installed().notify("on_model_evaluated", event)


def registered(run: Run, version: Version) -> None:
    """Notify that a version is in the registry."""
    event = ModelRegistered(model=run.model, run=run.fingerprint, version=version.number)
    installed().notify("on_model_registered", event)


def decided(model: str, decision: Decision, run: str = "") -> None:
    """Notify that the champion was changed, kept or brought back."""
    event = PromotionDecided(
        model=model,
        run=run,
        version=decision.version,
        promoted=decision.kind in ("promotion", "rollback"),
        champion=decision.champion_after,
        reason=decision.reason,
        kind=decision.kind,
        who=decision.who,
    )
    installed().notify("on_promotion_decided", event)


@contextmanager
def failures(model: str, run: str, stage: str) -> Iterator[None]:
    """Notify observers of an exception in the block, and raise it unchanged."""
    try:
        yield
    except Exception as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        installed().notify("on_run_failed", RunFailed(model=model, run=run, stage=stage, error=said))
        raise
