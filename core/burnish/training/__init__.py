"""Fits a restorer to a recipe: Lightning's Trainer, degradation on the device, exact resume, a bundle at the end.

Names are imported on first use: ``import burnish.training`` imports neither torch nor Lightning.
"""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.recipe.training import TrainingSettings
    from burnish.training.budget import Clock
    from burnish.training.learner import Batch, SupervisedLearner
    from burnish.training.optim.losses import charbonnier
    from burnish.training.randomness import generator
    from burnish.training.sharing import mean
    from burnish.training.training import TrainingFolders, TrainingOptions, TrainingResult, train

__all__ = [
    "Batch",
    "Clock",
    "SupervisedLearner",
    "TrainingFolders",
    "TrainingOptions",
    "TrainingResult",
    "TrainingSettings",
    "charbonnier",
    "generator",
    "mean",
    "train",
]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.recipe.training": "TrainingSettings",
        "burnish.training.budget": "Clock",
        "burnish.training.learner": "Batch SupervisedLearner",
        "burnish.training.optim.losses": "charbonnier",
        "burnish.training.randomness": "generator",
        "burnish.training.sharing": "mean",
        "burnish.training.training": "TrainingFolders TrainingOptions TrainingResult train",
    },
)
