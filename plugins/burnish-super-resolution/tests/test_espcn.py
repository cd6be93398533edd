"""ESPCN against its paper: size, and the bicubic start."""

from __future__ import annotations

import pytest
import torch
from burnish.ops.resampling import resize
from burnish_super_resolution.espcn import ESPCN


@pytest.mark.parametrize(("scale", "parameters"), [(3, 22_729), (4, 24_752)])
def test_it_has_the_papers_layers(scale: int, parameters: int) -> None:
    # 5·5·64 + 64, 3·3·64·32 + 32, 3·3·32·s² + s²
    network = ESPCN(channels=1, scale=scale)
    assert sum(value.numel() for value in network.parameters()) == parameters


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_fresh_one_returns_the_bicubic_enlargement(scale: int) -> None:
    picture = torch.rand(1, 3, 13, 17)
    assert torch.allclose(ESPCN(channels=3, scale=scale)(picture), resize(picture, float(scale)), atol=2e-6)
