"""The U-net: start at identity, exact view, cost of its levels, and that all of it learns."""

from __future__ import annotations

import pytest
import torch
from burnish_cnn.unet import ResidualBlock, UNet
from torch import Tensor, nn


def trained_like(network: nn.Module) -> nn.Module:
    """Random weights everywhere, so that nothing is zero and every connection carries."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.add_(0.05 * torch.randn(tensor.shape, generator=generator))
    return network.eval()


def picture(height: int, width: int, channels: int = 3, seed: int = 1) -> Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("config", [{}, {"channels": 1}, {"unshuffle": 1}, {"levels": 0}, {"bands": True}])
def test_a_fresh_network_returns_what_it_is_given(config: dict[str, object]) -> None:
    network = UNet(**{"width": 4, "levels": 2, **config})  # type: ignore[arg-type]
    degraded = picture(16, 24, network.channels)
    assert torch.equal(network(degraded), degraded)


def test_a_fresh_block_returns_what_it_is_given() -> None:
    x = torch.randn(2, 6, 9, 7, generator=torch.Generator().manual_seed(0))
    assert torch.equal(ResidualBlock(6)(x), x)


@pytest.mark.parametrize(
    ("levels", "blocks", "unshuffle", "bands"),
    [
        (0, 1, 1, False),
        (1, 1, 1, False),
        (1, 2, 2, False),
        (2, 1, 1, False),
        (2, 2, 2, False),
        (3, 1, 1, False),
        (1, 1, 4, False),
        (1, 1, 2, True),
    ],
)
def test_an_output_pixel_depends_on_exactly_its_receptive_field(
    levels: int, blocks: int, unshuffle: int, bands: bool
) -> None:
    config = {"levels": levels, "blocks": blocks, "unshuffle": unshuffle, "bands": bands}
    network = trained_like(UNet(channels=1, width=2, **config)).double()  # type: ignore[arg-type]
    assert isinstance(network, UNet)
    for parameter in network.parameters():  # all positive: no ReLU is dead, no two paths cancel
        parameter.data.abs_()
    reach, multiple = network.receptive_field // 2, network.size_multiple
    size = 2 * (reach // multiple + 2) * multiple
    furthest = 0
    for place in range(multiple):
        row = size // 2 + place
        degraded = picture(size, size, 1).double().requires_grad_()
        network(degraded)[0, 0, row, row].backward()
        assert degraded.grad is not None
        touched = degraded.grad[0, 0].abs().sum(1).nonzero()
        furthest = max(furthest, row - int(touched.min()), int(touched.max()) - row)
    assert furthest == reach


def test_a_fresh_network_hands_features_down_and_up_again_at_their_size() -> None:
    network = UNet(channels=3, width=16, levels=2)
    with torch.no_grad():
        x = network.opening(torch.randn(1, 12, 32, 32, generator=torch.Generator().manual_seed(0)))
        for down in network.downs:
            below = down(x)
            assert 0.3 < float(below.square().sum() / x.square().sum()) < 0.7, "half of the 4 · C numbers of a cell"
            x = below
        for up in network.ups:
            assert float(up(x).square().sum()) == pytest.approx(float(x.square().sum()), rel=1e-4)
            x = nn.functional.pixel_shuffle(up(x), 2)


def test_every_weight_learns_within_three_steps() -> None:
    network = UNet(width=4, levels=2, blocks=2)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (network(picture(32, 32)) - picture(32, 32, seed=2)).square().mean().backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_each_level_costs_about_the_same() -> None:
    """Features double where the area is quartered: four times the products on a quarter of the places."""
    costs: dict[int, int] = {}

    def count(module: nn.Module, _: object, output: Tensor) -> None:
        assert isinstance(module, nn.Conv2d)
        if module.kernel_size == (3, 3) and module.in_channels == module.out_channels:
            costs[module.in_channels] = costs.get(module.in_channels, 0) + module.weight.numel() * output[0, 0].numel()

    network = UNet(width=8, levels=2, blocks=1)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(count)
    network(picture(32, 32))
    assert costs[8] == costs[16] == 2 * costs[32]
