"""The learner former-learner: the squared difference to another shot, as a starting point."""

from typing import Any

from burnish.training import Batch, SupervisedLearner
from torch import Tensor


class Former(SupervisedLearner):
    """Learns to make of one noisy shot what is nearest to another one: the mean, which is clean.

    A learner's duties: ``training_step`` returns one number that depends on ``self.restorer`` and falls; what it draws
    comes from ``burnish.training.generator(self.settings.seed, "a word", step, 0)``, for the whole step, of which
    ``self.my_share`` is the part of this process; all state is in its ``state_dict``. So a training can be resumed bit
    for bit, and several processes learn what one would.
    """

    def __init__(self, *common: Any, weight: float) -> None:
        super().__init__(*common)
        self.weight = weight

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The mean squared difference. ``observe_batch`` gives the two shots at the same place, turned alike."""
        observation = self.observe_batch(batch)
        return self.weight * (self.estimate(observation) - observation.target).square().mean()
