"""FFDNet that maps the noise level itself: start, view, and what the map means."""

from __future__ import annotations

import math

import pytest
import torch
from burnish_cnn.blind_ffdnet import START, BlindFFDNet
from torch import Tensor
from torch.nn import functional


def small(**config: int | str) -> BlindFFDNet:
    sizes = {"reach": 4, "depth": 3, "features": 8, "estimator_depth": 3, "estimator_features": 4, "norm": "none"}
    return BlindFFDNet(**{**sizes, **config})  # type: ignore[arg-type]


def trained_like(network: BlindFFDNet) -> BlindFFDNet:
    """Random weights everywhere, so that nothing is zero and every connection carries."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def picture(height: int, width: int, channels: int = 3) -> Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_fresh_network_returns_what_it_is_given_and_finds_the_middle_level(channels: int) -> None:
    network = small(channels=channels)
    degraded = picture(12, 16, channels)
    assert torch.equal(network(degraded), degraded)
    assert torch.allclose(network.level(degraded), torch.full((1, 1, 6, 8), math.exp(START)))


def test_the_level_is_the_geometric_mean_of_what_the_estimator_says_within_the_window() -> None:
    network = trained_like(small(channels=1))
    degraded = picture(58, 62, 1)
    said = network.estimator(functional.pixel_unshuffle(degraded, 2))[0, 0].detach() + START
    level = network.level(degraded)[0, 0].detach()
    half, (height, width) = network.reach, said.shape
    for row, column in [(0, 0), (20, 30), (height - 1, 3)]:
        window = said[max(row - half, 0) : row + half + 1, max(column - half, 0) : min(column + half + 1, width)]
        assert float(level[row, column]) == pytest.approx(float(window.mean().exp()), rel=1e-5)


def test_the_correction_is_in_proportion_to_the_level() -> None:
    network = trained_like(small(channels=1))
    degraded = picture(40, 40, 1)
    cells = functional.pixel_unshuffle(degraded, 2)
    level = network.level(degraded)
    noise = functional.pixel_shuffle(network.layers(torch.cat([cells, level], 1)) * level, 2)
    assert torch.allclose(network(degraded), degraded - noise, rtol=0, atol=1e-6)


@pytest.mark.parametrize("reach", [0, 4, 16])
def test_an_output_pixel_depends_on_exactly_its_receptive_field(reach: int) -> None:
    network = trained_like(small(channels=1, reach=reach)).double()
    far = network.receptive_field // 2
    middle = 2 * (far // 2 + 4)
    furthest = 0
    for row in (middle, middle + 1):
        degraded = picture(2 * middle + 2, 2 * middle + 2, 1).double().requires_grad_()
        network(degraded)[0, 0, row, row].backward()
        assert degraded.grad is not None
        touched = degraded.grad[0, 0].abs().sum(1).nonzero()
        furthest = max(furthest, row - int(touched.min()), int(touched.max()) - row)
    assert furthest == far
