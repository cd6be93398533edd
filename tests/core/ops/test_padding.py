"""Padding to the sizes that a network takes, and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.ops.padding import crop_back, pad_to_fit
from hypothesis import given
from hypothesis import strategies as st


@given(height=st.integers(1, 20), width=st.integers(1, 20), multiple=st.integers(1, 9), smallest=st.integers(1, 24))
def test_padded_sides_are_the_least_that_fit_and_the_picture_is_untouched(
    height: int, width: int, multiple: int, smallest: int
) -> None:
    picture = torch.rand(2, 3, height, width)
    padded = pad_to_fit(picture, multiple=multiple, smallest=smallest)
    for side, given_side in zip(padded.shape[-2:], (height, width), strict=True):
        assert side % multiple == 0
        assert side >= max(given_side, smallest)
        assert side - multiple < max(given_side, smallest)
    assert torch.equal(padded[..., :height, :width], picture)


def test_padding_reflects_as_numpy_does() -> None:
    picture = torch.rand(1, 2, 5, 7)
    expected = np.pad(picture.numpy(), ((0, 0), (0, 0), (0, 3), (0, 1)), mode="reflect")
    assert np.array_equal(pad_to_fit(picture, multiple=8, smallest=1).numpy(), expected)


def test_clips_are_padded_frame_by_frame() -> None:
    clip = torch.rand(2, 3, 1, 5, 7)
    padded = pad_to_fit(clip, multiple=8, smallest=1)
    assert padded.shape == (2, 3, 1, 8, 8)
    assert torch.equal(padded[1, 2], pad_to_fit(clip[1, 2][None], multiple=8, smallest=1)[0])


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_an_enlarged_estimate_is_cropped_to_the_enlarged_given_size(scale: int) -> None:
    estimate = torch.rand(1, 3, 8 * scale, 16 * scale)
    assert crop_back(estimate, given=(5, 13), padded=(8, 16)).shape == (1, 3, 5 * scale, 13 * scale)
