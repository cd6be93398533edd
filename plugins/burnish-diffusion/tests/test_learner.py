"""The learner: exact repeatability, what it compares, and that it really learns the regression."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from burnish.protocols import Observation
from burnish_diffusion.crd_net import CRDNet
from burnish_diffusion.learner import DirectIteration
from burnish_diffusion.plugin import CRD_NET, R_CRD_NET
from burnish_diffusion.r_crd_net import RCRDNet
from torch import Tensor, nn


class Darker:
    """Halves the picture; as a burst, of equal frames; the target may be smaller by two pixels."""

    def __init__(self, *, frames: int = 0, smaller: int = 0) -> None:
        self.frames, self.smaller = frames, smaller

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Observation:
        clean = clean[..., self.smaller :, self.smaller :]
        degraded = clean[:, None].expand(-1, self.frames, -1, -1, -1) if self.frames else clean
        return Observation(degraded=0.5 * degraded, target=clean)

    def replay(self, clean: Tensor, parameters: Mapping[str, Any]) -> Observation:
        return self(clean, torch.Generator())


def learner(restorer: CRDNet, degrader: Darker, spec: Any = CRD_NET) -> DirectIteration:
    settings: Any = SimpleNamespace(seed=3, loss="l2", budget=SimpleNamespace(steps=10), gradient_clip=1.0)
    return DirectIteration(restorer, degrader, settings, spec)


def patches(seed: int = 0) -> Tensor:
    return torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(seed))


def test_the_same_step_has_the_same_loss_whatever_the_global_seed() -> None:
    made = learner(CRDNet(width=4), Darker())
    losses = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        losses.append(made.training_step((5, patches()), 0).item())
    assert losses[0] == losses[1]
    assert losses[0] != made.training_step((6, patches()), 0).item()


def test_half_of_the_pictures_are_shown_as_they_are_given_and_the_others_on_their_way() -> None:
    made = learner(CRDNet(width=4), Darker())
    times = torch.cat([made._drawn(patches(), step)[0] for step in range(500)])
    assert float((times == 1.0).float().mean()) == pytest.approx(0.5, abs=0.03)
    on_the_way = times[times < 1.0]
    assert float(on_the_way.min()) > 0.0
    assert float(on_the_way.mean()) == pytest.approx(0.5, abs=0.03)


def test_the_loss_of_a_fresh_network_is_the_distance_of_the_mixture() -> None:
    """F(x_t) = x_t, so that the error is t (x₁ − x) = −t x / 2."""
    made = learner(CRDNet(width=4), Darker())
    time, _ = made._drawn(patches(), 2)
    expected = (0.5 * time.view(-1, 1, 1, 1) * patches()).square().mean()
    assert made.training_step((2, patches()), 0).item() == pytest.approx(float(expected), rel=1e-5)


def test_a_target_of_another_size_than_the_grid_is_compared_whole() -> None:
    made = learner(CRDNet(width=4), Darker(smaller=3))
    time, _ = made._drawn(torch.zeros(4, 3, 16, 16), 2)
    expected = (0.5 * time.view(-1, 1, 1, 1) * patches()[..., 3:, 3:]).square().mean()
    assert made.training_step((2, patches()), 0).item() == pytest.approx(float(expected), rel=1e-5)


def test_the_gradient_reaches_the_fusion_of_a_burst() -> None:
    network = RCRDNet(width=4, features=8)
    loss = learner(network, Darker(frames=2), R_CRD_NET).training_step((0, patches()), 0)
    loss.backward()
    last = network.fusion.closing[-1]
    assert isinstance(last, nn.Conv2d)
    assert last.weight.grad is not None
    assert bool(last.weight.grad.any())


def test_a_quarter_of_the_steps_show_fewer_frames_of_a_burst() -> None:
    made = learner(RCRDNet(width=4, features=8), Darker(frames=5), R_CRD_NET)
    counts = torch.tensor([made._count(5, step) for step in range(2000)]).bincount().tolist()
    assert counts[0] == 0
    assert counts[5] / 2000 == pytest.approx(0.75, abs=0.03)
    assert min(counts[1:5]) > 80
    assert made._count(1, 0) == 1


def test_a_few_steps_teach_it_to_undo_the_degradation() -> None:
    torch.manual_seed(0)
    network = CRDNet(width=8, channels=1)
    made = learner(network, Darker())
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for step in range(100):
        optimizer.zero_grad()
        made.training_step((step, patches(step)[:, :1]), 0).backward()
        optimizer.step()
    clean = patches(999)[:, :1]
    with torch.no_grad():
        error = float((network(0.5 * clean) - clean).square().mean())
    assert error < 0.25 * float((0.5 * clean).square().mean())
