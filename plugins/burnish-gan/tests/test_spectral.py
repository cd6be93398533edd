"""The spectral norm against a singular value decomposition, and that nothing but training moves its estimate."""

from __future__ import annotations

import pytest
import torch
from burnish_gan.spectral import SpectralConv2d
from torch.nn import functional


@pytest.fixture
def layer() -> SpectralConv2d:
    torch.manual_seed(0)
    return SpectralConv2d(5, 7, 3, padding=1)


def test_its_estimate_is_the_largest_singular_value(layer: SpectralConv2d) -> None:
    for _ in range(200):
        layer.spectral_norm()
    largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
    assert float(layer.spectral_norm().detach()) == pytest.approx(float(largest), rel=1e-4)


def test_it_convolves_with_the_weights_divided_by_that(layer: SpectralConv2d) -> None:
    layer.eval()
    x = torch.randn(1, 5, 6, 6, generator=torch.Generator().manual_seed(1))
    expected = functional.conv2d(x, layer.weight / layer.spectral_norm(), layer.bias, padding=1)
    assert torch.allclose(layer(x), expected, rtol=0, atol=1e-6)


def test_scaling_the_weights_changes_nothing(layer: SpectralConv2d) -> None:
    layer.eval()
    layer.bias.data.zero_()  # type: ignore[union-attr]
    x = torch.randn(1, 5, 6, 6, generator=torch.Generator().manual_seed(1))
    before = layer(x)
    layer.weight.data *= 10.0
    assert torch.allclose(layer(x), before, rtol=0, atol=1e-5)


def test_the_gradient_has_no_part_along_the_weights(layer: SpectralConv2d) -> None:
    """W/σ(W) does not change when W is scaled, so neither does what comes of it (Euler's theorem, degree 0)."""
    layer = layer.double().eval()
    x = torch.randn(1, 5, 6, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    layer(x).square().sum().backward()
    assert layer.weight.grad is not None
    along = float((layer.weight.grad * layer.weight.detach()).sum())
    assert abs(along) < 1e-9 * float(layer.weight.grad.norm() * layer.weight.norm())


def test_only_training_moves_the_estimate_and_it_is_part_of_the_state(layer: SpectralConv2d) -> None:
    x = torch.randn(1, 5, 6, 6, generator=torch.Generator().manual_seed(1))
    before = layer.direction.clone()
    layer.eval()(x)
    assert torch.equal(layer.direction, before)
    layer.train()(x)
    assert not torch.equal(layer.direction, before)
    assert "direction" in layer.state_dict()
