"""Pictures taken apart and put together, and patterns of replacement that are always the same."""

from __future__ import annotations

import pytest
import torch
from burnish_self_supervised.methods.pixel_downsampling import PERIOD, apart, patterns, replaced, together
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5))
def test_each_part_is_every_stride_th_pixel_and_together_they_are_the_picture(
    pictures: int, channels: int, rows: int, columns: int, stride: int
) -> None:
    picture = torch.rand(
        pictures, channels, rows * stride, columns * stride, generator=torch.Generator().manual_seed(0)
    )
    parts = apart(picture, stride)
    expected = [
        picture[index, :, row::stride, column::stride]
        for index in range(pictures)
        for row in range(stride)
        for column in range(stride)
    ]
    assert torch.equal(parts, torch.stack(expected))
    assert torch.equal(together(parts, stride), picture)


def test_noise_related_over_few_pixels_is_not_related_within_a_part() -> None:
    generator = torch.Generator().manual_seed(1)
    noise = torch.nn.functional.avg_pool2d(torch.randn(1, 1, 604, 604, generator=generator), 5, stride=1)
    near = torch.corrcoef(torch.stack([noise[..., 1:].flatten(), noise[..., :-1].flatten()]))[0, 1]
    parts = apart(noise, 5)
    far = torch.corrcoef(torch.stack([parts[..., 1:].flatten(), parts[..., :-1].flatten()]))[0, 1]
    assert float(near) > 0.7
    assert abs(float(far)) < 0.02


def test_a_side_that_does_not_split_is_refused() -> None:
    with pytest.raises(ValueError, match="8×6 pixels does not split by 5; give multiples of it"):
        apart(torch.rand(1, 1, 6, 8), 5)


def test_patterns_hold_their_share_differ_and_are_always_the_same() -> None:
    found = patterns(8, 0.16)
    assert found.shape == (8, 1, PERIOD, PERIOD)
    assert found.flatten(1).sum(dim=1).tolist() == [10] * 8
    assert len({tuple(one.flatten().tolist()) for one in found}) == 8
    assert torch.equal(found, patterns(8, 0.16))
    assert torch.equal(found[:3], patterns(3, 0.16))
    assert patterns(1, 0.001).sum() == 1


def test_noisy_pixels_stand_where_the_pattern_says_in_every_period() -> None:
    pattern = patterns(1, 0.16)[0]
    found = replaced(torch.zeros(2, 3, 20, 28), torch.ones(2, 3, 20, 28), pattern)
    for row in range(20):
        for column in range(28):
            wanted = float(pattern[0, row % PERIOD, column % PERIOD])
            assert bool((found[..., row, column] == wanted).all())
