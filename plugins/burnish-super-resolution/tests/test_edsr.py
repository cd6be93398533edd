"""EDSR against its paper: the baseline's and the full network's size, the view, the bicubic start."""

from __future__ import annotations

import pytest
import torch
from burnish.ops.resampling import resize
from burnish_super_resolution.edsr import EDSR, Enlarging

BOTH_WAYS = pytest.mark.parametrize("enlarging", ["features", "picture"])


def _count(network: torch.nn.Module) -> int:
    return sum(value.numel() for value in network.parameters())


@pytest.mark.parametrize(("scale", "millions"), [(2, 1.37), (3, 1.55), (4, 1.52)])
def test_the_baseline_has_the_papers_number_of_parameters(scale: int, millions: float) -> None:
    assert _count(EDSR(scale=scale)) / 1e6 == pytest.approx(millions, abs=0.005)


def test_the_full_network_has_43_million_parameters() -> None:
    with torch.device("meta"):
        body = EDSR(scale=4, blocks=32, features=256, residual_scale=0.1).body
    # head, body and upsampler together are 43.1 M; the body alone 32·2·(9·256² + 256) + 9·256² + 256
    assert _count(body) == 65 * (9 * 256**2 + 256)


@pytest.mark.parametrize("scale", [2, 4])
def test_sub_pixels_at_once_take_the_place_of_enlarged_features(scale: int) -> None:
    published, short = EDSR(scale=scale, enlarging="features"), EDSR(scale=scale, enlarging="picture")
    assert _count(published.body) == _count(short.body)
    assert _count(short.up) + _count(short.tail) == 3 * scale**2 * (9 * 64 + 1)


@BOTH_WAYS
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_fresh_one_returns_the_bicubic_enlargement(scale: int, enlarging: Enlarging) -> None:
    picture = torch.rand(1, 1, 13, 17)
    network = EDSR(channels=1, scale=scale, blocks=2, features=8, enlarging=enlarging)
    assert torch.allclose(network(picture), resize(picture, float(scale)), atol=2e-6)


@BOTH_WAYS
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_no_pixel_beyond_the_receptive_field_matters(scale: int, enlarging: Enlarging) -> None:
    network = EDSR(channels=1, scale=scale, blocks=2, features=8, enlarging=enlarging)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3, generator=torch.Generator().manual_seed(parameter.numel()))
    reach = network.receptive_field // 2
    picture = torch.zeros(1, 1, 1 + 2 * (reach + 2), 1 + 2 * (reach + 2), dtype=torch.float64, requires_grad=True)
    middle = reach + 2
    network.double()
    block = network.tail(network.up(network.body(network.head(picture)) + network.head(picture)))
    block[..., middle * scale : (middle + 1) * scale, middle * scale : (middle + 1) * scale].abs().sum().backward()
    assert picture.grad is not None
    touched = picture.grad[0, 0].abs() > 0
    rows = torch.where(touched.any(dim=1))[0]
    assert middle - int(rows.min()) <= reach
    assert int(rows.max()) - middle <= reach
