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


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 9), st.integers(1, 24))
def test_a_side_is_mirrored_where_it_is_long_enough_and_else_repeats_its_edge(
    height: int, width: int, multiple: int, smallest: int
) -> None:
    picture = torch.rand(2, 3, height, width)
    padded = pad_to_fit(picture, multiple=multiple, smallest=smallest)
    expected = picture.numpy()
    for axis, (given_side, side) in {2: (height, padded.shape[2]), 3: (width, padded.shape[3])}.items():
        more = [(0, side - given_side) if one == axis else (0, 0) for one in range(4)]
        expected = np.pad(expected, more, mode="reflect" if side - given_side < given_side else "edge")
    assert np.array_equal(padded.numpy(), expected)


def test_clips_are_padded_frame_by_frame() -> None:
    clip = torch.rand(2, 3, 1, 5, 7)
    padded = pad_to_fit(clip, multiple=8, smallest=1)
    assert padded.shape == (2, 3, 1, 8, 8)
    assert torch.equal(padded[1, 2], pad_to_fit(clip[1, 2][None], multiple=8, smallest=1)[0])


@pytest.mark.parametrize("shape", [(4, 4), (1, 1, 4, 4), (1, 2, 3, 8, 4)])
def test_a_picture_that_fits_is_not_copied(shape: tuple[int, ...]) -> None:
    picture = torch.rand(shape)
    assert pad_to_fit(picture, multiple=4, smallest=4) is picture


def test_a_map_without_channels_is_padded_as_a_picture_is() -> None:
    picture = torch.rand(1, 1, 5, 7)
    assert torch.equal(
        pad_to_fit(picture[0, 0], multiple=8, smallest=1), pad_to_fit(picture, multiple=8, smallest=1)[0, 0]
    )


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_an_enlarged_estimate_is_cropped_to_the_enlarged_given_size(scale: int) -> None:
    estimate = torch.rand(1, 3, 8 * scale, 16 * scale)
    assert crop_back(estimate, given=(5, 13), padded=(8, 16)).shape == (1, 3, 5 * scale, 13 * scale)
