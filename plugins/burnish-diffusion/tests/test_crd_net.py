"""CRD-net: its prediction at both ends of time, its steps, its view."""

from __future__ import annotations

import pytest
import torch
from burnish_diffusion.crd_net import CRDNet
from burnish_diffusion.plugin import CRD_NET
from torch import Tensor, nn


def trained_like(**changes: object) -> CRDNet:
    torch.manual_seed(0)
    network = CRDNet(**{"width": 4, **changes}).eval()  # type: ignore[arg-type]
    nn.init.normal_(network.network.closing.weight, std=0.1)
    return network


def picture(batch: int = 1, side: int = 16) -> Tensor:
    return torch.rand(batch, 3, side, side, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("bands", [False, True])
def test_a_fresh_network_returns_what_it_is_given(steps: int, bands: bool) -> None:
    assert torch.equal(CRDNet(width=4, steps=steps, bands=bands)(picture()), picture())


def test_the_default_network_is_small_and_as_declared() -> None:
    network = CRDNet()
    assert sum(p.numel() for p in network.parameters()) <= 700_000
    assert network.receptive_field == CRD_NET.receptive_field
    assert network.size_multiple == CRD_NET.size_multiple


def test_at_time_zero_the_prediction_is_the_picture() -> None:
    assert torch.equal(trained_like().predict(picture(), torch.zeros(1)), picture())


def test_one_step_is_the_prediction_at_time_one() -> None:
    network = trained_like()
    assert torch.equal(network(picture()), network.predict(picture(), torch.ones(1)))


def test_the_number_of_steps_changes_the_estimate_and_no_weight() -> None:
    network, other = trained_like(steps=1), trained_like(steps=4)
    other.load_state_dict(network.state_dict())
    assert not torch.allclose(network(picture()), other(picture()), atol=1e-4)


def test_two_steps_are_the_formula() -> None:
    network, y = trained_like(steps=2), picture()
    with torch.no_grad():
        half = 0.5 * network.predict(y, torch.ones(1)) + 0.5 * y
        expected = network.predict(half, torch.tensor([0.5]))
        assert torch.allclose(network(y), expected, atol=1e-6)


def test_every_step_widens_the_view() -> None:
    one, four = trained_like().receptive_field, trained_like(steps=4).receptive_field
    assert one is not None
    assert four == 4 * (one - 1) + 1
    assert trained_like(noise=0.1).receptive_field is None


def test_noise_is_the_same_for_every_call_and_another_for_another_seed() -> None:
    network, other = trained_like(noise=0.1), trained_like(noise=0.1, seed=7)
    assert torch.equal(network(picture()), network(picture()))
    assert not torch.equal(network(picture()), other(picture()))


def test_bfloat16_stays_near_float32() -> None:
    torch.manual_seed(0)
    network, degraded = CRDNet(width=8, steps=2).eval(), picture(side=32)
    nn.init.normal_(network.network.closing.weight, std=0.02)
    with torch.no_grad():
        exact = network(degraded)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            reduced = network(degraded)
    assert reduced.dtype == torch.float32
    assert float((exact - reduced).square().mean().sqrt()) < 1e-3
