"""The events that burnish-webhook observes. Without an address nothing happens and nothing is imported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from burnish import hookimpl

if TYPE_CHECKING:
    from burnish.events import (
        EpochEnded,
        Event,
        ModelEvaluated,
        ModelRegistered,
        PromotionDecided,
        RunFailed,
        TrainingEnded,
        TrainingStarted,
    )

ADDRESS = "BURNISH_WEBHOOK_URL"
"""Environment variable: one address or several, separated by commas."""


def _tell(occasion: str, event: Event) -> None:
    if os.environ.get(ADDRESS):
        from burnish_webhook.delivery import tell

        tell(occasion, event.as_json())


@hookimpl
def on_training_started(event: TrainingStarted) -> None:
    """Send the event."""
    _tell("training_started", event)


@hookimpl
def on_epoch_ended(event: EpochEnded) -> None:
    """Send the event."""
    _tell("epoch_ended", event)


@hookimpl
def on_training_ended(event: TrainingEnded) -> None:
    """Send the event."""
    _tell("training_ended", event)


@hookimpl
def on_model_evaluated(event: ModelEvaluated) -> None:
    """Send the event."""
    _tell("model_evaluated", event)


@hookimpl
def on_model_registered(event: ModelRegistered) -> None:
    """Send the event."""
    _tell("model_registered", event)


@hookimpl
def on_promotion_decided(event: PromotionDecided) -> None:
    """Send the event."""
    _tell("promotion_decided", event)


@hookimpl
def on_run_failed(event: RunFailed) -> None:
    """Send the event."""
    _tell("run_failed", event)
