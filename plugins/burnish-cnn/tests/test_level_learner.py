"""The learner of what maps the noise level: the level is learned where the degrader tells it, and only there."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from burnish.protocols import Observation
from burnish.recipe.training import TrainingSettings
from burnish_cnn.blind_ffdnet import BlindFFDNet
from burnish_cnn.level_learner import LevelLearner, level_error
from burnish_cnn.plugin import BLIND_FFDNET
from torch import Tensor


class Noise:
    """Gaussian noise of another level in every picture, which is told or kept back."""

    def __init__(self, *, told: bool) -> None:
        self.told = told

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Observation:
        sigma = 0.02 * 15.0 ** torch.rand(len(clean), generator=generator)
        noise = sigma.reshape(-1, 1, 1, 1) * torch.randn(clean.shape, generator=generator)
        return Observation(degraded=clean + noise, target=clean, conditions={"sigma": sigma} if self.told else {})


def learner(*, told: bool) -> LevelLearner:
    torch.manual_seed(0)
    network = BlindFFDNet(channels=1, depth=3, features=8, norm="none", estimator_depth=3, estimator_features=8)
    settings = TrainingSettings.model_validate({"budget": {"steps": 1}, "batch": 8, "patch": 40})
    return LevelLearner(network, Noise(told=told), settings, BLIND_FFDNET)


def smooth(pictures: int = 8) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    rough = torch.rand(pictures, 1, 48, 48, generator=generator)
    return torch.nn.functional.avg_pool2d(rough, 9, stride=1)


def span_found(*, told: bool) -> float:
    """How many times larger the level is that a short training finds at σ 0.25 than at 0.03.

    The rate falls to zero, so that the last bits of the machine's arithmetic, by which trainings drift apart, decide
    little: six trainings from weights a thousandth apart found 4.9 to 5.1 (at a constant rate 3.8 to 6.6).
    """
    steps = 400
    taught = learner(told=told).train()
    optimizer = torch.optim.Adam(taught.restorer.parameters(), lr=0.01)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        optimizer.zero_grad()
        taught.training_step((step, smooth()), step).backward()
        optimizer.step()
        falling.step()
    network: Any = taught.restorer.eval()
    noise = torch.randn(8, 1, 40, 40, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        low, high = (float(network.level(smooth() + sigma * noise).mean()) for sigma in (0.03, 0.25))
    return high / low


def test_a_short_training_tells_levels_apart_where_it_is_told_them_and_not_by_the_picture_alone() -> None:
    assert span_found(told=True) > 4.0, "eight times as much noise"
    assert span_found(told=False) < 2.0


def test_where_the_level_is_not_told_the_loss_is_the_picture_s_alone() -> None:
    told, kept_back = learner(told=True).train(), learner(told=False).train()
    losses = [float(one.training_step((0, smooth()), 0).detach()) for one in (told, kept_back)]
    level = told.restorer.last_level
    sigma = told.observe_batch((0, smooth())).conditions["sigma"]
    assert isinstance(level, Tensor)
    assert losses[0] - losses[1] == pytest.approx(0.1 * float(level_error(level, sigma).detach()), rel=1e-4)
    assert losses[0] > losses[1]


def test_the_level_s_error_is_the_same_for_twice_and_half_the_level_far_from_zero() -> None:
    sigma = torch.tensor([0.2])
    right, double, half = (float(level_error(torch.full((1, 1, 4, 4), found), sigma)) for found in (0.2, 0.4, 0.1))
    assert right == 0.0
    assert double == pytest.approx(half, rel=0.05)
    assert double == pytest.approx(0.69, abs=0.02)


def test_the_map_is_kept_only_while_it_trains() -> None:
    network = BlindFFDNet(channels=1, depth=3, features=4, estimator_features=4)
    degraded = smooth(1)
    network.train()(degraded)
    assert network.last_level is not None
    network.eval()(degraded)
    assert network.last_level is None
