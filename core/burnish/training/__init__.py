"""Fits a restorer to a recipe: Lightning's Trainer, degradation on the device, exact resume, a bundle at the end.

Names are resolved on first use: ``import burnish.training`` imports neither torch nor Lightning.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.training.budget import Clock
    from burnish.training.learner import SupervisedLearner
    from burnish.training.optim.losses import charbonnier
    from burnish.training.training import TrainingResult, train

__all__ = ["Clock", "SupervisedLearner", "TrainingResult", "charbonnier", "train"]

_HOMES = {
    "Clock": "budget",
    "SupervisedLearner": "learner",
    "TrainingResult": "training",
    "charbonnier": "optim.losses",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
