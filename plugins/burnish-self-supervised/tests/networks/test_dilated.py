"""The dilated blind-spot network and AP-BSN: what they cannot see, their reach, refinement that stays the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish_self_supervised.declared.networks import AP_BSN_NET
from burnish_self_supervised.methods.pixel_downsampling import apart, patterns, together
from burnish_self_supervised.networks.ap_bsn_net import APBSNNet
from burnish_self_supervised.networks.dilated import DilatedBlindSpot
from torch import Tensor, nn


def trained_like(network: nn.Module, seed: int = 0) -> nn.Module:
    """Random weights everywhere, in float64; biases that keep most ReLUs open."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            fan_in = module.weight[0].numel()
            module.weight.data.copy_(torch.randn(module.weight.shape, generator=generator) * (2 / fan_in) ** 0.5)
            assert module.bias is not None
            module.bias.data.copy_(0.5 + 0.1 * torch.randn(module.bias.shape, generator=generator))
    return network.double().eval()


def picture(height: int, width: int, channels: int = 1, seed: int = 1) -> Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def influence(function: Callable[[Tensor], Tensor], degraded: Tensor, row: int, column: int) -> Tensor:
    """Size of the gradient H,W of one pixel's estimate with respect to every pixel."""
    degraded = degraded.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(function(degraded)[0, :, row, column].sum(), degraded)
    return gradient[0].abs().sum(0)


@pytest.mark.parametrize("modules", [1, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_an_estimate_never_depends_on_its_pixel_but_on_every_neighbour(modules: int, channels: int) -> None:
    network = trained_like(DilatedBlindSpot(channels=channels, features=12, modules=modules))
    degraded = picture(9, 10, channels)
    for row in range(9):
        for column in range(10):
            found = influence(network, degraded, row, column)
            assert found[row, column] == 0.0, "exactly"
            around = found[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
            assert int((around > 0).sum()) == around.numel() - 1
            assert int((found > 0).sum()) > 15, "more than the mean of the neighbours"


@pytest.mark.parametrize("stride", [2, 5])
def test_taken_apart_it_sees_neither_its_pixel_nor_those_nearer_than_the_stride(stride: int) -> None:
    network = trained_like(APBSNNet(channels=1, features=12, modules=1))
    assert isinstance(network, APBSNNet)
    side = 6 * stride
    for row, column in ((0, 0), (7, 5), (side - 1, side - 2)):
        found = influence(lambda y: network.blind(y, stride), picture(side, side), row, column)
        seen = found.nonzero() - torch.tensor([row, column])
        assert bool((seen % stride == 0).all())
        assert not bool((seen == 0).all(dim=1).any())
        assert int(seen.abs().max()) >= stride


@pytest.mark.parametrize("modules", [1, 4])
def test_the_network_s_reach_is_exact(modules: int) -> None:
    network = trained_like(DilatedBlindSpot(channels=1, features=12, modules=modules))
    assert isinstance(network, DilatedBlindSpot)
    size = 2 * network.reach + 5
    touched = influence(network, picture(size, size), size // 2, size // 2).nonzero()
    assert int((touched - size // 2).abs().max()) == network.reach


@pytest.mark.parametrize(("stride", "refinements"), [(1, 0), (2, 0), (3, 0), (2, 2)])
def test_no_output_pixel_of_ap_bsn_depends_on_more_than_its_receptive_field(stride: int, refinements: int) -> None:
    network = trained_like(APBSNNet(channels=1, features=12, modules=1, stride=stride, refinements=refinements))
    assert isinstance(network, APBSNNet)
    reach, multiple = network.receptive_field // 2, network.size_multiple
    size = -(-2 * (reach + multiple) // multiple + 1) * multiple
    furthest = 0
    for place in range(size // 2, size // 2 + multiple):
        touched = influence(network, picture(size, size), place, place).nonzero()
        furthest = max(furthest, int((touched - place).abs().max()))
    assert reach - multiple < furthest <= reach


def test_the_declared_receptive_field_is_that_of_the_default() -> None:
    network = APBSNNet()
    assert network.receptive_field == AP_BSN_NET.receptive_field
    assert network.size_multiple == AP_BSN_NET.size_multiple


def test_refinement_is_the_mean_of_what_the_network_makes_of_estimates_with_noisy_pixels_put_back() -> None:
    network = trained_like(APBSNNet(channels=1, features=12, modules=1, refinements=3))
    assert isinstance(network, APBSNNet)
    degraded = picture(16, 24)
    with torch.no_grad():
        first = together(network.network(apart(degraded, 2)), 2)
        rounds = []
        for pattern in patterns(3, network.replaced_share):
            mixture = first.clone()
            where = pattern.repeat(1, 2, 3)[None]
            mixture[where] = degraded[where]
            rounds.append(network.network(mixture))
        assert torch.allclose(network(degraded), torch.stack(rounds).mean(0), atol=1e-12)


def test_the_paper_s_network_has_about_its_number_of_parameters() -> None:
    network = APBSNNet(features=128, modules=9)
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(3.7e6, rel=0.05)
