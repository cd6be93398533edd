"""The learner of bursts shows fewer frames now and then, the same ones when a step is repeated."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from burnish.protocols import Observation
from burnish_super_resolution.burst_sr import BurstSR
from burnish_super_resolution.burst_sr_learner import FEWER, FewerFrames
from burnish_super_resolution.plugin import BURST_SR
from torch import Tensor


def degrader(clean: Tensor, generator: torch.Generator) -> Observation:
    frames = clean[:, None, :, ::2, ::2].expand(-1, 5, -1, -1, -1)
    return Observation(degraded=frames + 0.1 * torch.randn(frames.shape, generator=generator), target=clean)


def learner() -> FewerFrames:
    torch.manual_seed(0)
    settings: Any = SimpleNamespace(seed=3, loss="l2", budget=SimpleNamespace(steps=10), gradient_clip=1.0)
    made: Any = degrader
    return FewerFrames(BurstSR(width=8, blocks=1, hidden=4), made, settings, BURST_SR)


def test_a_quarter_of_the_steps_show_fewer_frames_each_number_alike() -> None:
    observation = degrader(torch.rand(1, 3, 8, 8), torch.Generator())
    made = learner()
    counts = Counter(made.fewer(observation, step).degraded.shape[1] for step in range(4000))
    assert set(counts) == {1, 2, 3, 4, 5}
    assert 1 - counts[5] / 4000 == pytest.approx(FEWER, abs=0.03)
    assert max(counts[k] for k in range(1, 5)) < 1.3 * min(counts[k] for k in range(1, 5))


def test_frame_0_always_stays() -> None:
    observation = degrader(torch.rand(1, 3, 8, 8), torch.Generator())
    made = learner()
    for step in range(50):
        assert torch.equal(made.fewer(observation, step).degraded[:, 0], observation.degraded[:, 0])


def test_a_single_frame_is_left_as_it_is() -> None:
    observation = Observation(degraded=torch.rand(1, 1, 3, 4, 4), target=torch.rand(1, 3, 8, 8))
    made = learner()
    assert all(made.fewer(observation, step) is observation for step in range(50))


def test_a_repeated_step_has_the_same_loss() -> None:
    made, clean = learner(), torch.rand(2, 3, 32, 32)
    for step in range(4):
        assert made.training_step((step, clean), 0).item() == made.training_step((step, clean), 0).item()
