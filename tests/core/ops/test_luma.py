"""Luma against scikit-image, published figures of the standard, and BSD68's own grey files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.io import list_pictures, read_clean
from burnish.ops.luma import grey_levels, luma
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2ycbcr


@given(seed=st.integers(0, 999))
def test_luma_is_the_first_channel_of_scikit_images_ycbcr(seed: int) -> None:
    pictures = torch.rand(2, 3, 5, 4, generator=torch.Generator().manual_seed(seed))
    expected = np.stack([rgb2ycbcr(p.permute(1, 2, 0).double().numpy())[:, :, 0] for p in pictures]) / 255
    assert luma(pictures).shape == (2, 1, 5, 4)
    np.testing.assert_allclose(luma(pictures)[:, 0].numpy(), expected, atol=1e-7)


def test_black_and_white_are_16_and_235_and_a_gradient_flows_through() -> None:
    ends = torch.stack([torch.zeros(3, 1, 1), torch.ones(3, 1, 1)]).requires_grad_()
    studio = luma(ends)
    assert (studio * 255).flatten().tolist() == pytest.approx([16.0, 235.0])
    assert studio.dtype == torch.float32
    studio.sum().backward()
    assert ends.grad is not None
    assert (ends.grad[0] * 255).flatten().tolist() == pytest.approx([65.481, 128.553, 24.966])


def test_equal_channels_are_their_own_grey_level() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    np.testing.assert_array_equal(np.floor(grey_levels(levels) + 0.5)[0, :, 0], np.arange(256))


@pytest.mark.slow
def test_the_grey_of_the_68_colour_originals_is_bsd68_to_the_last_pixel(shared_data: Path) -> None:
    colour = [read_clean(path, "grey") for path in list_pictures(shared_data / "test" / "CBSD68")]
    for path in list_pictures(shared_data / "test" / "BSD68"):
        grey = read_clean(path, "grey")
        assert any(torch.equal(grey, made) for made in colour), path.name
