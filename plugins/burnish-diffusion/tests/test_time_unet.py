"""The timed U-net: how far it looks, and that it is told the time."""

from __future__ import annotations

import math

import pytest
import torch
from burnish_diffusion.time_unet import FREQUENCIES, TimedBlock, TimeUNet, embedded


def trained_like(**changes: int) -> TimeUNet:
    """Random weights everywhere, without ReLU's dead ends."""
    generator = torch.Generator().manual_seed(0)
    network = TimeUNet(**{"channels": 1, "width": 4, "blocks": 1, "unshuffle": 1, **changes})
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.3 * torch.rand(parameter.shape, generator=generator))
    return network.eval()


def test_the_embedding_is_the_time_and_its_sines_and_cosines() -> None:
    found = embedded(torch.tensor([0.0, 0.3]))[1].tolist()
    angles = [math.pi * 2**k * 0.3 for k in range(FREQUENCIES)]
    assert found == pytest.approx([0.3, *map(math.sin, angles), *map(math.cos, angles)], abs=1e-5)


def test_a_block_scales_and_shifts_its_features_by_the_time() -> None:
    block, x, time = TimedBlock(2), torch.randn(1, 2, 5, 5), torch.randn(1, 32)
    with torch.no_grad():
        block.film.weight.normal_()
        scale, shift = block.film(time).view(2, 2, 1, 1)
        expected = x + block.second(torch.relu((1 + scale) * block.first(x) + shift))
        assert torch.allclose(block(x, time), expected, atol=1e-5)


def test_a_fresh_network_corrects_nothing_and_every_weight_learns_within_three_steps() -> None:
    network = TimeUNet(channels=1, width=4, blocks=1, unshuffle=2)
    x, time = torch.rand(2, 1, 16, 16), torch.tensor([0.3, 1.0])
    assert torch.equal(network(x, time), torch.zeros_like(x))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (network(x, time) - x.flip(-1)).square().mean().backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_each_picture_is_told_its_own_time() -> None:
    network, x = trained_like(), torch.rand(1, 1, 8, 8).expand(2, -1, -1, -1)
    with torch.no_grad():
        both = network(x, torch.tensor([0.2, 0.9]))
        alone = network(x[:1], torch.tensor([0.9]))
    assert not torch.allclose(both[0], both[1])
    assert torch.allclose(both[1:], alone, atol=1e-5)


@pytest.mark.parametrize(("blocks", "unshuffle", "bands"), [(1, 1, False), (2, 1, False), (1, 2, False), (1, 1, True)])
def test_the_furthest_looking_pixel_looks_as_far_as_the_reach_says(blocks: int, unshuffle: int, bands: bool) -> None:
    network = trained_like(blocks=blocks, unshuffle=unshuffle, bands=bands).double()
    grid = network.size_multiple
    size = -(-3 * network.reach // grid) * grid
    furthest = 0
    for position in range(size // 2 // grid * grid, size // 2 // grid * grid + grid):
        x = torch.rand(1, 1, size, grid, dtype=torch.double).requires_grad_()
        network(x, torch.ones(1, dtype=torch.double))[0, 0, position].sum().backward()
        assert x.grad is not None
        touched = x.grad[0, 0].abs().sum(1).nonzero()
        furthest = max(furthest, position - int(touched.min()), int(touched.max()) - position)
    assert furthest == network.reach
