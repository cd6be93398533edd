"""Whether a version was really trained: untrained weights, or figures that are not numbers, never become champion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from burnish_flows.registry.store import Registry, Version, store_errors

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import Scorecard
    from burnish.restorer.bundle import Bundle

FAULT = "fault"
"""Tag of a version: the reason why it must not become champion; absent if there is none."""
STEPS = "training/steps"
"""Metric of the run that made a version."""


def of_bundle(bundle: Bundle, scorecard: Scorecard | None) -> str:
    """The reason why a bundle to be registered must not become champion; empty if there is none."""
    facts: Mapping[str, object] = bundle.training.get("facts", {})
    if 0 in (bundle.training.get("steps"), bundle.training.get("best_step")) and not facts.get("initial"):
        return "it was never trained: its weights are the initial weights of step 0"
    for name, result in (scorecard.results if scorecard else {}).items():
        for metric, scores in result.scores.items():
            if math.isnan(scores.mean):
                return f"its {metric} on {name} is not a number"
    return ""


def fault(registry: Registry, version: Version) -> str:
    """The reason why a registered version must not become champion; empty if none is known."""
    from mlflow.exceptions import MlflowException

    if version.tags.get(FAULT):
        return version.tags[FAULT]
    if not version.run_id:
        return ""
    with store_errors(registry.uri):
        try:
            metrics = registry.client.get_run(version.run_id).data.metrics
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return ""
            raise
    return "it was never trained: 0 steps" if metrics.get(STEPS) == 0 else ""
