"""ESRGAN's generator against its paper: size, start at the bicubic enlargement, exact view."""

from __future__ import annotations

import pytest
import torch
from burnish.ops.resampling import resize
from burnish_gan.esrgan import ESRGAN, DenseBlock
from torch import Tensor


def trained_like(network: ESRGAN) -> ESRGAN:
    """Random weights everywhere, large enough that what a pixel contributes does not vanish in rounding."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def picture(height: int, width: int, channels: int = 3) -> Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_fresh_network_returns_the_bicubic_enlargement(scale: int, channels: int) -> None:
    network = ESRGAN(scale=scale, channels=channels, blocks=1, features=4, growth=2)
    degraded = picture(9, 7, channels)
    assert torch.allclose(network(degraded), resize(degraded, scale), rtol=0, atol=1e-6)


def test_the_paper_s_network_has_its_number_of_parameters() -> None:
    """Of 23 blocks, 64 channels and 32 more with each convolution, counted from the paper's figure 4."""
    dense = sum(9 * (64 + index * 32) * (32 if index < 4 else 64) + (32 if index < 4 else 64) for index in range(5))
    ends = 9 * 3 * 64 + 64 + 9 * 64 * 3 + 3
    expected = 23 * 3 * dense + 4 * (9 * 64 * 64 + 64) + ends
    network = ESRGAN(scale=4)
    assert sum(p.numel() for p in network.parameters()) == expected
    assert round(expected / 1e6, 2) == 16.70


def test_a_dense_block_adds_a_fifth_of_what_its_last_convolution_makes() -> None:
    block = DenseBlock(4, 2)
    x = torch.randn(1, 4, 6, 6, generator=torch.Generator().manual_seed(0))
    made: list[Tensor] = []
    block.convolutions[-1].register_forward_hook(lambda _module, _given, output: made.append(output))
    assert torch.allclose(block(x), x + 0.2 * made[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize(("scale", "blocks"), [(2, 1), (4, 1), (2, 2)])
def test_an_output_pixel_depends_on_exactly_its_receptive_field(scale: int, blocks: int) -> None:
    network = trained_like(ESRGAN(channels=1, scale=scale, blocks=blocks, features=3, growth=2)).double()
    reach = network.receptive_field // 2
    size = 2 * reach + 7
    furthest = 0
    for place in range(scale):
        pixel = size // 2
        degraded = picture(size, 8, 1).double().requires_grad_()
        network(degraded)[0, 0, scale * pixel + place].sum().backward()
        assert degraded.grad is not None
        touched = degraded.grad[0, 0].abs().sum(1).nonzero()
        furthest = max(furthest, pixel - int(touched.min()), int(touched.max()) - pixel)
    assert furthest == reach


def test_a_scale_that_it_cannot_produce_is_refused() -> None:
    with pytest.raises(ValueError, match="2 or 4"):
        ESRGAN(scale=3, blocks=1, features=4, growth=2)
