"""The recipe's optimizers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from burnish.recipe.training import TrainingSettings
from burnish.training.optim.optimizers import make_optimizer


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd"])
def test_each_takes_the_same_steps_as_torchs_plain_one(name: str) -> None:
    settings = TrainingSettings.model_validate(
        {"budget": {"steps": 1}, "optimizer": name, "learning_rate": 0.03, "weight_decay": 0.1}
    )
    keywords: dict[str, Any] = {"lr": 0.03, "weight_decay": 0.1, "foreach": False, "fused": False}
    plain_class = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD}[name]
    if name == "sgd":
        keywords |= {"momentum": 0.9, "nesterov": True}
    start = torch.rand(5, 7)
    mine, plain = (torch.nn.Parameter(start.clone()) for _ in range(2))
    optimizers = make_optimizer(settings, [mine]), plain_class([plain], **keywords)
    for step in range(4):
        for weight, optimizer in zip((mine, plain), optimizers, strict=True):
            weight.grad = torch.sin(torch.arange(35.0).reshape(5, 7) + step)
            optimizer.step()
    torch.testing.assert_close(mine, plain)
