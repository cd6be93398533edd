"""The neighbour sub-sampler: two different neighbours of each cell, all pairs equally often; both terms of the loss."""

from __future__ import annotations

import pytest
import torch
from burnish_self_supervised.methods.neighbor2neighbor import PAIRS, drawn_pairs, errors, subsampled
from hypothesis import given
from hypothesis import strategies as st


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.integers(0, 999))
def test_each_cell_gives_two_different_pixels_that_share_a_side(
    pictures: int, channels: int, rows: int, columns: int, seed: int
) -> None:
    height, width = 2 * rows, 2 * columns
    numbers = torch.arange(height * width, dtype=torch.float32).reshape(1, 1, height, width)
    picture = numbers.expand(pictures, channels, height, width)
    first, second = subsampled(picture, drawn_pairs((pictures, height, width), generator=seeded(seed)))
    assert first.shape == second.shape == (pictures, channels, rows, columns)
    for one in (first, second):
        assert torch.equal(one // width // 2, torch.arange(rows)[:, None].expand_as(one).float())
        assert torch.equal(one % width // 2, torch.arange(columns).expand_as(one).float())
        assert torch.equal(one, one[:, :1].expand_as(one)), "the same pixels of all channels"
    apart = (first // width - second // width).abs() + (first % width - second % width).abs()
    assert bool((apart == 1).all())


def test_all_ordered_pairs_of_neighbours_are_equally_likely() -> None:
    assert len(set(PAIRS)) == 8
    counts = torch.bincount(drawn_pairs((8, 200, 200), generator=seeded()).flatten(), minlength=8)
    assert torch.allclose(counts / counts.sum(), torch.full((8,), 1 / 8), atol=0.004)


def test_every_pixel_is_taken_equally_often_by_either_picture() -> None:
    picture = torch.arange(4.0).reshape(1, 1, 2, 2).expand(40000, 1, 2, 2)
    for one in subsampled(picture, drawn_pairs((40000, 2, 2), generator=seeded())):
        counts = torch.bincount(one.flatten().long(), minlength=4)
        assert torch.allclose(counts / counts.sum(), torch.full((4,), 0.25), atol=0.01)


def test_the_two_pictures_have_independent_noise() -> None:
    noise = torch.randn(1, 1, 400, 400, generator=seeded(1))
    first, second = subsampled(noise, drawn_pairs((1, 400, 400), generator=seeded(2)))
    assert abs(float((first * second).mean())) < 4 / 200


def test_an_odd_side_is_refused() -> None:
    with pytest.raises(ValueError, match="5×4 pixels do not split into cells of 2×2; give even sides"):
        drawn_pairs((1, 4, 5), generator=seeded())


def test_both_terms_are_those_of_the_paper() -> None:
    estimate, second = torch.tensor([[[[3.0]]]]), torch.tensor([[[[1.0]]]])
    smoothed = (torch.tensor([[[[0.5]]]]), torch.tensor([[[[0.25]]]]))
    first, regular = errors(estimate, second, smoothed)
    assert first.tolist() == [4.0]
    assert regular.tolist() == [1.75**2]


def test_for_the_best_restorer_the_second_term_takes_the_gap_between_neighbours_out() -> None:
    """With f(y) = x and f(g₁y) = g₁x the second term's mean is the noise alone: no clean difference is left in it."""
    clean = torch.rand(1, 1, 300, 300, generator=seeded(3))
    noisy = clean + 0.1 * torch.randn(clean.shape, generator=seeded(4))
    drawn = drawn_pairs((1, 300, 300), generator=seeded(5))
    estimate, second = subsampled(clean, drawn)[0], subsampled(noisy, drawn)[1]
    plain, regular = errors(estimate, second, subsampled(clean, drawn))
    assert float(regular) == pytest.approx(0.01, rel=0.05)
    assert float(plain) > 0.1
