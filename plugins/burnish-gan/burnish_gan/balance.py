"""How the parts of an adversarial training are weighed: settings that a generator carries for its learner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Balance:
    """loss of the generator = pixels + ``content_weight`` · content + ``adversarial_weight`` · adversarial."""

    adversarial_weight: float
    """Weight of the critics' judgement beside the recipe's pixel loss; 0: never asked."""
    content_weight: float
    """Weight of the content loss (``BandEnergies``)."""
    pretraining: float
    """Part of the budget, in [0, 1], that is trained without critics before they join."""
    critic_features: int
    """Channels of the critics' first convolution."""
