"""The weights of the losses in an adversarial training: settings of a generator for its learner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Balance:
    """loss of the generator = pixels + ``content_weight`` · content + ``adversarial_weight`` · adversarial."""

    adversarial_weight: float
    """Weight of the critics relative to the recipe's pixel loss; 0: no critics."""
    content_weight: float
    """Weight of the content loss (``BandEnergies``)."""
    pretraining: float
    """Part of the budget, in [0, 1], that is trained without critics before they join."""
    critic_features: int
    """Channels of the critics' first convolution."""
