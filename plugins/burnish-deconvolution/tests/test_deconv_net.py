"""The network of learned inverse kernels: its start, its view, what it can learn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish_deconvolution.learned.deconv_net import DeconvNet
from burnish_deconvolution.plugin import deconv_net
from torch import Tensor

Blurred = Callable[..., tuple[Tensor, Tensor]]


def test_a_fresh_network_returns_its_input() -> None:
    x = torch.rand(2, 3, 20, 23)
    assert torch.equal(DeconvNet(features=4, side=9)(x), x)


def test_the_declared_receptive_field_is_that_of_the_default_configuration() -> None:
    with torch.device("meta"):
        assert DeconvNet().receptive_field == deconv_net().receptive_field


@pytest.mark.parametrize("inverse", ["separable", "full"])
def test_an_output_pixel_sees_exactly_its_receptive_field(inverse: str) -> None:
    torch.manual_seed(0)
    network = DeconvNet(channels=1, features=4, side=7, inverse=inverse, encoder_blocks=1, decoder_blocks=1)  # type: ignore[arg-type]
    for parameter in network.parameters():
        torch.nn.init.uniform_(parameter, 0.01, 0.02)  # nothing cancels
    x = torch.rand(1, 1, 61, 61, requires_grad=True)
    network(x)[0, 0, 30, 30].backward()
    assert x.grad is not None
    touched = x.grad[0, 0].nonzero()
    assert int(touched.max() - touched.min()) + 1 == network.receptive_field


def test_one_family_of_blurs_is_learned_without_being_told() -> None:
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    clean = torch.nn.functional.interpolate(torch.rand(2, 1, 12, 12, generator=generator), scale_factor=4)
    blur = torch.full((1, 1, 5, 5), 1 / 25)
    degraded = torch.nn.functional.conv2d(torch.nn.functional.pad(clean, (2, 2, 2, 2), mode="reflect"), blur)
    network = DeconvNet(channels=1, features=8, side=11, encoder_blocks=0, decoder_blocks=1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.005)
    before = (degraded - clean).square().mean().item()
    for _ in range(60):
        error = (network(degraded) - clean).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    assert error.item() < 0.5 * before
