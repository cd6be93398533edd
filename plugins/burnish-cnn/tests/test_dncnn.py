"""DnCNN against its paper: size, view, start at identity, folding of batch normalisation, borders."""

from __future__ import annotations

import pytest
import torch
from burnish_cnn.dncnn import DnCNN, fold
from torch import Tensor, nn
from torch.nn import functional


def trained_like(network: nn.Module, seed: int = 0) -> nn.Module:
    """Random weights everywhere, last layer and running statistics included, of about the size of trained ones."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            fan_in = module.weight[0].numel()
            module.weight.data.copy_(torch.randn(module.weight.shape, generator=generator) * (2 / fan_in) ** 0.5)
            if module.bias is not None:
                module.bias.data.copy_(0.1 * torch.randn(module.bias.shape, generator=generator))
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator))
            module.running_var.copy_(0.1 + torch.rand(module.num_features, generator=generator))
            module.weight.data.copy_(torch.randn(module.num_features, generator=generator))
            module.bias.data.copy_(torch.randn(module.num_features, generator=generator))
    return network.eval()


def picture(height: int, width: int, channels: int = 3, seed: int = 1) -> Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(seed))


def test_the_paper_s_network_has_its_number_of_parameters() -> None:
    network = DnCNN(channels=1, depth=17, features=64, norm="batch")
    convolutions = 9 * 64 + 15 * 9 * 64 * 64 + 9 * 64
    biases, normalisation = 64 + 1, 15 * 2 * 64
    assert sum(p.numel() for p in network.parameters()) == convolutions + biases + normalisation
    assert round((convolutions + normalisation) / 1e6, 3) == 0.556


@pytest.mark.parametrize("config", [{}, {"channels": 1}, {"norm": "none"}, {"unshuffle": 2}])
def test_a_fresh_network_returns_what_it_is_given(config: dict[str, object]) -> None:
    network = DnCNN(depth=4, features=8, **config)  # type: ignore[arg-type]
    degraded = picture(12, 16, network.channels)
    assert torch.equal(network(degraded), degraded)


def test_a_fresh_stack_hands_the_picture_s_features_on_unharmed() -> None:
    network = DnCNN(depth=9, features=16, norm="none")
    pairs = network.layers[:-1](picture(12, 12))
    first = network.layers[0](picture(12, 12))
    linear, opening = pairs[:, :8] - pairs[:, 8:], first[:, :8]
    assert torch.allclose(linear.square().sum(1), opening.square().sum(1), rtol=1e-4)


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_every_weight_learns_within_two_steps(norm: str) -> None:
    network = DnCNN(depth=5, features=8, norm=norm)  # type: ignore[arg-type]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (network(picture(16, 16)) - picture(16, 16, seed=2)).square().mean().backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_folding_batch_normalisation_changes_nothing_in_float64() -> None:
    network = trained_like(DnCNN(depth=6, features=16, norm="batch").double())
    assert isinstance(network, DnCNN)
    folded = network.folded()
    degraded = picture(24, 20).double()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert torch.allclose(folded(degraded), network(degraded), rtol=0, atol=1e-9)


def test_one_folded_layer_is_convolution_then_normalisation() -> None:
    convolution, norm = nn.Conv2d(3, 4, 3, padding=1).double(), nn.BatchNorm2d(4).double()
    trained_like(nn.Sequential(convolution, norm))
    weight, bias = fold(convolution, norm)
    x = picture(9, 7).double()
    expected = functional.batch_norm(
        convolution(x), norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
    )
    assert torch.allclose(functional.conv2d(x, weight, bias, padding=1), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("depth", "unshuffle"), [(2, 1), (5, 1), (3, 2), (2, 4)])
def test_an_output_pixel_depends_on_exactly_its_receptive_field(depth: int, unshuffle: int) -> None:
    network = trained_like(DnCNN(depth=depth, features=8, channels=1, norm="none", unshuffle=unshuffle))
    reach = network.receptive_field // 2
    assert network.receptive_field == 2 * reach + 1
    size = 4 * (reach // 4 + 3) * 2
    furthest = 0
    for row in range(size // 2, size // 2 + unshuffle):
        degraded = picture(size, size, 1).requires_grad_()
        network(degraded)[0, 0, row, row].backward()
        assert degraded.grad is not None
        touched = degraded.grad[0, 0].abs().sum(1).nonzero()
        furthest = max(furthest, row - int(touched.min()), int(touched.max()) - row)
    assert furthest == reach


@pytest.mark.parametrize("unshuffle", [1, 2])
def test_a_tile_with_its_receptive_field_around_it_equals_the_whole(unshuffle: int) -> None:
    network = trained_like(DnCNN(depth=4, features=8, norm="batch", unshuffle=unshuffle))
    margin = -(-(network.receptive_field // 2) // unshuffle) * unshuffle
    degraded = picture(64, 56)
    whole = network(degraded)
    tile = network(degraded[..., 24 - margin : 40 + margin, : 32 + margin])
    assert torch.allclose(tile[..., margin : margin + 16, :32], whole[..., 24:40, :32], rtol=0, atol=1e-5)


def test_training_and_inference_of_odd_sizes_keep_the_shape() -> None:
    network = DnCNN(depth=3, features=4)
    assert network(picture(17, 31)).shape == (1, 3, 17, 31)
    assert network.size_multiple == 1
