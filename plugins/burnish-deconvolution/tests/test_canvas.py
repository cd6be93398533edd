"""The canvas: how large it is, what it holds, how it continues a picture."""

from __future__ import annotations

import pytest
import torch
from burnish_deconvolution.model.canvas import canvas_for, fast_length
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import next_fast_len


def test_a_periodic_picture_is_its_own_canvas() -> None:
    canvas = canvas_for(31, 47, side=9, boundary="circular")
    x = torch.rand(1, 1, 31, 47)
    assert canvas.size == (31, 47)
    assert canvas.mask(x) is None
    assert torch.equal(canvas.place(x), x)
    assert torch.equal(canvas.extend(x), x)


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([1, 3, 9, 21]))
def test_an_unknown_boundary_leaves_room_for_the_kernel_on_every_side(height: int, width: int, side: int) -> None:
    canvas = canvas_for(height, width, side=side, boundary="unknown")
    x = torch.rand(2, 3, height, width)
    assert canvas.rows >= height + 2 * (side // 2)
    assert canvas.columns >= width + 2 * (side // 2)
    assert torch.equal(canvas.crop(canvas.place(x)), x)
    assert torch.equal(canvas.crop(canvas.extend(x)), x)


def test_the_mask_counts_the_picture_s_pixels() -> None:
    canvas = canvas_for(12, 17, side=7, boundary="unknown")
    mask = canvas.mask(torch.rand(1, 1, 12, 17))
    assert mask is not None
    assert mask.sum() == 12 * 17
    assert canvas.crop(mask).all()


def test_what_continues_a_ramp_returns_to_its_beginning_without_a_jump() -> None:
    canvas = canvas_for(8, 40, side=41, boundary="unknown")
    ramp = torch.linspace(0, 1, 40).expand(1, 1, 8, 40)
    extended = canvas.extend(ramp)
    steps = (extended - extended.roll(1, -1)).abs()
    assert float(steps.max()) < 1.5 / 39
    assert extended.min() >= 0
    assert extended.max() <= 1


@pytest.mark.parametrize("length", [1, 2, 97, 255, 277, 1021, 4001])
def test_a_fast_length_is_even_and_no_longer_than_scipy_s_doubled(length: int) -> None:
    found = fast_length(length)
    assert found >= length
    assert found % 2 == 0
    assert found <= 2 * next_fast_len(-(-length // 2))
