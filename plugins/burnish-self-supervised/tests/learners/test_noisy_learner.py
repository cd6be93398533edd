"""What holds of every learner from noisy pictures alone: it sees no target, and processes share its draws."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from burnish.errors import TrainingError
from burnish_self_supervised.learners.ap_bsn import APBSN
from burnish_self_supervised.learners.blind_spot import BlindSpot
from burnish_self_supervised.learners.neighbor2neighbor import Neighbor2Neighbor
from burnish_self_supervised.learners.noise2void import Noise2Void
from burnish_self_supervised.learners.noisy_learner import even_part
from burnish_self_supervised.learners.recorrupted import Recorrupted
from burnish_self_supervised.learners.sure import Sure
from burnish_self_supervised.learners.unsure import Unsure
from burnish_self_supervised.networks.ap_bsn_net import APBSNNet
from burnish_self_supervised.networks.blind_spot_net import BlindSpotNet
from torch import Tensor, nn

ANY_RESTORER = [
    (Noise2Void, {}),
    (Neighbor2Neighbor, {}),
    (Sure, {"sigma": 0.1}),
    (Unsure, {}),
    (Recorrupted, {"sigma": 0.1}),
    (Recorrupted, {"gain": 0.02}),
]
OWN_RESTORER = [(BlindSpot, {}), (BlindSpot, {"sigma": 0.1}), (APBSN, {})]


def restorer_of(learner: Any) -> nn.Module:
    torch.manual_seed(0)
    if learner is BlindSpot:
        return BlindSpotNet(channels=1, width=8, levels=1)
    if learner is APBSN:
        return APBSNNet(channels=1, features=8, modules=1, refinements=2)
    network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))
    return network


@pytest.mark.parametrize(("learner", "config"), [*ANY_RESTORER, *OWN_RESTORER])
def test_neither_loss_nor_figure_depends_on_a_target(made: Any, noisy: Any, learner: Any, config: Any) -> None:
    degraded = noisy()
    found = []
    for samples in ({"degraded": degraded}, {"degraded": degraded, "target": torch.full_like(degraded, 7.0)}):
        one = made(learner, restorer_of(learner), **config)
        figure = one.validation_step((0, {name: value[:1] for name, value in samples.items()}), 0)
        found.append((float(one.training_step((5, samples), 0).detach()), float(figure.detach())))
    assert found[0] == found[1]


@pytest.mark.parametrize(("learner", "config"), ANY_RESTORER)
def test_every_step_draws_something_else_and_so_does_another_seed(
    made: Any, noisy: Any, learner: Any, config: Any
) -> None:
    samples = {"degraded": noisy()}
    losses = [
        float(made(learner, restorer_of(learner), seed=seed, **config).training_step((step, samples), 0).detach())
        for seed, step in ((0, 1), (0, 2), (1, 1))
    ]
    assert len(set(losses)) == 3


@pytest.mark.parametrize(
    ("learner", "config"), [case for case in (*ANY_RESTORER, (APBSN, {})) if case[0] is not Unsure]
)
def test_two_processes_see_together_what_one_sees(
    made: Any, noisy: Any, monkeypatch: pytest.MonkeyPatch, learner: Any, config: Any
) -> None:
    degraded = noisy()
    one = made(learner, restorer_of(learner), **config)
    whole = float(one.training_step((3, {"degraded": degraded}), 0).detach())
    halves = []
    for rank in range(2):
        for module in ("burnish.training.sharing", "burnish.training.learner"):
            monkeypatch.setattr(f"{module}.members", lambda rank=rank: (rank, 2))
        mine = {"degraded": degraded[2 * rank : 2 * rank + 2]}
        halves.append(float(one.training_step((3, mine), 0).detach()))
    assert sum(halves) / 2 == pytest.approx(whole, rel=1e-5)
    assert halves[0] != halves[1]


@pytest.mark.parametrize(("learner", "config"), [case for case in ANY_RESTORER if case[1] != {"gain": 0.02}])
def test_the_figure_of_a_better_restorer_is_higher(made: Any, noisy: Any, blur: Any, learner: Any, config: Any) -> None:
    """On smooth pictures with noise of 0.1 the means of 5×5 pixels beat those of 3×3, and those beat the input."""
    crop = (0, {"degraded": noisy(1, 64)})
    figures = [float(made(learner, blur(side), **config).validation_step(crop, 0).detach()) for side in (1, 3, 5)]
    assert figures[0] + 0.3 < figures[1] < figures[2]


def test_the_even_part_is_the_largest_whose_sides_are_multiples() -> None:
    picture = torch.rand(1, 1, 11, 9)
    assert torch.equal(even_part(picture, 4), picture[..., :8, :8])
    with pytest.raises(TrainingError, match=r"patches of 9×11 pixels.*training\.patch, of at least 16 pixels a side"):
        even_part(picture, 16)


def gradient(loss: Tensor, network: nn.Module) -> list[Tensor]:
    return list(torch.autograd.grad(loss, [p for p in network.parameters() if p.requires_grad], allow_unused=True))


@pytest.mark.parametrize(("learner", "config"), [*ANY_RESTORER, *OWN_RESTORER])
def test_every_weight_that_the_loss_reaches_gets_a_finite_gradient(
    made: Any, noisy: Any, learner: Any, config: Any
) -> None:
    one = made(learner, restorer_of(learner), **config)
    found = gradient(one.training_step((1, {"degraded": noisy()}), 0), one.restorer)
    assert all(each is not None and bool(each.isfinite().all()) for each in found)
