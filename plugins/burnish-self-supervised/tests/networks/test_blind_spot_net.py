"""The blind-spot network: what it cannot see, what it sees, where it starts, and what its noise model does."""

from __future__ import annotations

import pytest
import torch
from burnish_self_supervised.declared.networks import BLIND_SPOT_NET
from burnish_self_supervised.networks.blind_spot_net import BlindSpotNet
from torch import Tensor, nn

SMALL = {"channels": 1, "width": 8, "levels": 1, "unshuffle": 2}


def trained_like(network: nn.Module, seed: int = 0) -> nn.Module:
    """Random weights everywhere, in float64; biases that keep most ReLUs open, so that no gradient is lost."""
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


def influence(network: BlindSpotNet, degraded: Tensor, row: int, column: int) -> Tensor:
    """Size of the gradient H,W of all that the prior says of one pixel, with respect to every pixel."""
    degraded = degraded.clone().requires_grad_()
    prior = network.prior(degraded)
    planes = torch.cat([prior.mean, prior.root], dim=1)[0, :, row, column]
    weights = torch.linspace(1.0, 2.0, len(planes), dtype=degraded.dtype)
    (gradient,) = torch.autograd.grad((weights * planes).sum(), degraded)
    return gradient[0].abs().sum(0)


@pytest.mark.parametrize(
    ("config", "side"),
    [
        (SMALL, 8),
        ({**SMALL, "levels": 2}, 16),
        ({**SMALL, "levels": 0, "unshuffle": 1, "blocks": 2}, 7),
        ({**SMALL, "unshuffle": 4}, 8),
        ({**SMALL, "channels": 3}, 8),
    ],
)
def test_what_is_said_of_a_pixel_never_depends_on_it_but_on_every_neighbour(config: dict[str, int], side: int) -> None:
    network = trained_like(BlindSpotNet(**config))  # type: ignore[arg-type]
    assert isinstance(network, BlindSpotNet)
    degraded = picture(side, side, config["channels"])
    for row in range(side):
        for column in range(side):
            found = influence(network, degraded, row, column)
            assert found[row, column] == 0.0, "exactly"
            around = found[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
            assert int((around > 0).sum()) == around.numel() - 1
            assert int((found > 0).sum()) > 15, "more than the mean of the neighbours"


def test_pictures_that_are_not_square_are_blind_as_well() -> None:
    network = trained_like(BlindSpotNet(**SMALL))  # type: ignore[arg-type]
    assert isinstance(network, BlindSpotNet)
    degraded = picture(8, 16)
    for row, column in ((0, 0), (3, 9), (7, 15), (4, 0)):
        found = influence(network, degraded, row, column)
        assert found[row, column] == 0.0
        assert int((found > 0).sum()) == 8 * 16 - 1


def test_the_estimate_depends_on_the_pixel_through_the_noise_model() -> None:
    network = trained_like(BlindSpotNet(**SMALL))  # type: ignore[arg-type]
    degraded = picture(8, 8).requires_grad_()
    network(degraded)[0, 0, 3, 3].backward()
    assert degraded.grad is not None
    assert 0.0 < float(degraded.grad[0, 0, 3, 3]) < 1.0


@pytest.mark.parametrize(
    ("levels", "blocks", "unshuffle"), [(0, 1, 1), (0, 2, 4), (1, 1, 1), (1, 1, 2), (2, 1, 1), (1, 2, 2)]
)
def test_an_output_pixel_depends_on_exactly_its_receptive_field(levels: int, blocks: int, unshuffle: int) -> None:
    network = trained_like(BlindSpotNet(channels=1, width=8, levels=levels, blocks=blocks, unshuffle=unshuffle))
    assert isinstance(network, BlindSpotNet)
    reach, multiple = network.receptive_field // 2, network.size_multiple
    size = -(-2 * (reach + multiple) // multiple + 1) * multiple
    furthest = 0
    for place in range(size // 2, size // 2 + multiple):
        touched = influence(network, picture(size, size), place, place).nonzero()
        furthest = max(furthest, int((touched - place).abs().max()))
    assert furthest == reach


def test_the_declared_receptive_field_is_that_of_the_default() -> None:
    network = BlindSpotNet()
    assert network.receptive_field == BLIND_SPOT_NET.receptive_field
    assert network.size_multiple == BLIND_SPOT_NET.size_multiple


def test_an_untrained_network_says_the_mean_of_the_neighbours() -> None:
    network = BlindSpotNet(**SMALL)  # type: ignore[arg-type]
    degraded = picture(8, 8).float()
    mean = network.prior(degraded).mean.detach()
    inner = (degraded[0, 0, 2:5, 3:6].sum() - degraded[0, 0, 3, 4]) / 8
    corner = (degraded[0, 0, 0, 1] + degraded[0, 0, 1, 0] + degraded[0, 0, 1, 1]) / 3
    assert mean[0, 0, 3, 4] == pytest.approx(float(inner), abs=1e-6)
    assert mean[0, 0, 0, 0] == pytest.approx(float(corner), abs=1e-6)


def test_without_noise_the_estimate_is_the_picture_and_with_much_noise_the_prior() -> None:
    network = BlindSpotNet(channels=3, width=8, levels=1)
    degraded = picture(8, 8, 3).float()
    with torch.no_grad():
        assert torch.allclose(network(degraded, sigma=torch.zeros(1)), degraded, atol=1e-3)
        assert torch.allclose(network(degraded, sigma=torch.full((1,), 100.0)), network.prior(degraded).mean, atol=1e-5)


def test_without_its_own_pixel_the_estimate_is_the_prior() -> None:
    network = BlindSpotNet(**SMALL, own_pixel=False)  # type: ignore[arg-type]
    degraded = picture(8, 8).float()
    with torch.no_grad():
        for sigma in (None, torch.full((1,), 0.01)):
            assert torch.equal(network(degraded, sigma=sigma), network.prior(degraded).mean)


def test_a_given_sigma_counts_instead_of_the_kept_one_for_each_picture() -> None:
    network = BlindSpotNet(**SMALL)  # type: ignore[arg-type]
    degraded = torch.cat([picture(8, 8, seed=1), picture(8, 8, seed=2)]).float()
    kept = float(network.read_noise.detach())
    with torch.no_grad():
        both = network(degraded, sigma=torch.tensor([kept, 0.3]))
        assert torch.allclose(both[0], network(degraded)[0], atol=1e-6)
        assert not torch.allclose(both[1], network(degraded)[1], atol=1e-3)


def test_the_kept_noise_model_is_gain_times_value_plus_the_square_of_the_read_noise() -> None:
    network = BlindSpotNet(**SMALL, noise="poisson-gaussian")  # type: ignore[arg-type]
    with torch.no_grad():
        network.log_gain.fill_(0.02).log_()
        network.log_read_noise.fill_(0.05).log_()
        network.offset.fill_(0.1)
        found = network.variance(torch.tensor([0.0, 0.1, 0.6]).reshape(1, 1, 1, 3))
    assert torch.allclose(found.flatten(), torch.tensor([0.0025, 0.0025, 0.0125]), atol=1e-7)


def test_every_weight_learns_within_three_steps() -> None:
    network = BlindSpotNet(channels=3, width=8, levels=1, noise="poisson-gaussian")
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (network(picture(16, 16, 3).float()) - picture(16, 16, 3, seed=2).float()).square().mean().backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []
