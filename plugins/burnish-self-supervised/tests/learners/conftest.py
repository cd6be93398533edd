"""Makes learners of small restorers, and noisy pictures for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from burnish import RestorerSpec
from burnish.recipe.training import TrainingSettings
from burnish.training import SupervisedLearner
from torch import Tensor, nn
from torch.nn import functional

Made = Callable[..., Any]
"""``made(Learner, restorer, needs={"sigma"}, seed=0, **config)``."""
Noisy = Callable[..., Tensor]
"""``noisy(pictures=4, side=32, sigma=0.1, seed=0, channels=1)``: smooth pictures with Gaussian noise."""


class Blur(nn.Module):
    """A box filter of odd side, with one useless weight; 1 gives the picture itself."""

    def __init__(self, side: int = 3) -> None:
        super().__init__()
        self.side = side
        self.nothing = nn.Parameter(torch.zeros(1))

    def forward(self, degraded: Tensor) -> Tensor:
        return functional.avg_pool2d(degraded, self.side, 1, self.side // 2, count_include_pad=False) + self.nothing


@pytest.fixture
def blur() -> Callable[[int], nn.Module]:
    return Blur


@pytest.fixture
def made() -> Made:
    def make(
        learner: type[SupervisedLearner], restorer: nn.Module, *, needs: frozenset[str] = frozenset(), **more: Any
    ) -> Any:
        settings = TrainingSettings.model_validate(
            {"budget": {"steps": 100}, "batch": 4, "patch": 32, "seed": more.pop("seed", 0)}
        )
        spec = RestorerSpec(name="small", factory="none:none", summary="small", needs=needs, trainable=True)
        return learner(restorer, None, settings, spec, **more)

    return make


def smooth(pictures: int, side: int, channels: int = 1, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    rough = torch.rand(pictures, channels, side + 16, side + 16, generator=generator)
    for _ in range(2):
        rough = functional.avg_pool2d(rough, 9, stride=1)
    return 0.5 + 4.0 * (rough - 0.5)


@pytest.fixture
def clean() -> Callable[..., Tensor]:
    return smooth


@pytest.fixture
def noisy() -> Noisy:
    def make(pictures: int = 4, side: int = 32, *, sigma: float = 0.1, seed: int = 0, channels: int = 1) -> Tensor:
        picture = smooth(pictures, side, channels, seed)
        noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(1000 + seed))
        return picture + sigma * noise

    return make
