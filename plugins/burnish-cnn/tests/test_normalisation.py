"""The channel normalisation against torch's own, and its memory layout."""

from __future__ import annotations

import pytest
import torch
from burnish_cnn.normalisation import LayerNorm2d


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_every_pixel_is_normalised_over_its_channels(layout: torch.memory_format) -> None:
    x = torch.randn(2, 6, 5, 7).double().contiguous(memory_format=layout)
    norm = LayerNorm2d(6).double()
    norm.weight.data.uniform_(0.5, 2)
    norm.bias.data.normal_()
    mean, variance = x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True)
    expected = (x - mean) / (variance + 1e-6).sqrt() * norm.weight[:, None, None] + norm.bias[:, None, None]
    assert torch.allclose(norm(x), expected, rtol=0, atol=1e-12)


def test_channels_last_comes_out_as_channels_last_without_a_copy_in_between() -> None:
    x = torch.randn(2, 8, 5, 7).contiguous(memory_format=torch.channels_last)
    assert LayerNorm2d(8)(x).is_contiguous(memory_format=torch.channels_last)


def test_its_gradient_is_that_of_finite_differences() -> None:
    x = torch.randn(1, 4, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(LayerNorm2d(4).double(), (x,))


def test_what_is_exported_for_other_engines_computes_the_same() -> None:
    x = torch.randn(2, 8, 5, 7)
    norm = LayerNorm2d(8)
    norm.weight.data.uniform_(0.5, 2)
    norm.bias.data.normal_()
    exported = torch.export.export(norm, (x,)).module()
    assert torch.allclose(exported(x), norm(x), rtol=0, atol=1e-5)
    assert "permute" not in str(exported.graph)  # type: ignore[union-attr]
