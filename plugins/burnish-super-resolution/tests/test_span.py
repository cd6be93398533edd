"""SPAN against its paper: the size, the attention's formula, the bicubic start."""

from __future__ import annotations

import pytest
import torch
from burnish.ops.resampling import resize
from burnish_super_resolution.span import SPAN, AttentionBlock


def test_the_default_has_the_papers_layers_with_their_branches_collapsed() -> None:
    three = 3 * 3 * 48 * 48 + 48
    wanted = (3 * 3 * 3 * 48 + 48) + 6 * 3 * three + three + (4 * 48 * 48 + 48) + (3 * 3 * 48 * 12 + 12)
    assert sum(value.numel() for value in SPAN(scale=2).parameters()) == wanted


def test_attention_is_odd_in_what_it_attends_to() -> None:
    block = AttentionBlock(4)
    x = torch.rand(1, 4, 6, 6)
    output, first = block(x)
    strong = block.third(torch.nn.functional.silu(block.second(torch.nn.functional.silu(first))))
    assert torch.allclose(output, (x + strong) * torch.tanh(strong / 2) / 2, atol=1e-6)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_fresh_one_returns_the_bicubic_enlargement(scale: int) -> None:
    picture = torch.rand(1, 1, 13, 17)
    network = SPAN(channels=1, scale=scale, features=8, blocks=2)
    assert torch.allclose(network(picture), resize(picture, float(scale)), atol=2e-6)
