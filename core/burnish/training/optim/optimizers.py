"""The optimizers of a recipe, fused where torch can."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from burnish.recipe.training import TrainingSettings
from burnish.training.optim.muon import Muon

MOMENTUM = 0.9
"""Of stochastic gradient descent (Nesterov's)."""


def make_optimizer(settings: TrainingSettings, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    """AdamW (arXiv:1711.05101), Adam (arXiv:1412.6980), Muon or SGD with Nesterov's momentum, as the recipe says."""
    rate, decay = settings.learning_rate, settings.weight_decay
    fused = all(p.is_floating_point() and p.device.type in {"cpu", "cuda"} for p in parameters)
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=fused)
    if settings.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=rate, weight_decay=decay, fused=fused)
    if settings.optimizer == "muon":
        return Muon(parameters, lr=rate, weight_decay=decay)
    return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, momentum=MOMENTUM, nesterov=True, fused=fused)
