"""Blinded pixels: where they are, what takes their place, and what a loss sees of them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from burnish_self_supervised.methods.noise2void import Blinding, blinded, masked_error, positions
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(pictures: int, height: int, width: int, channels: int = 1) -> Tensor:
    """Pictures whose pixels all differ: the value names the pixel."""
    count = pictures * channels * height * width
    return torch.arange(count, dtype=torch.float32).reshape(pictures, channels, height, width)


@given(st.integers(1, 3), st.integers(1, 20), st.integers(1, 20), st.integers(1, 6), st.integers(0, 99))
def test_every_whole_square_has_exactly_one_blinded_pixel(
    pictures: int, height: int, width: int, spacing: int, seed: int
) -> None:
    found = positions((pictures, height, width), spacing=spacing, generator=seeded(seed))
    assert found.shape == (pictures, 1, height, width)
    for row in range(0, height - spacing + 1, spacing):
        for column in range(0, width - spacing + 1, spacing):
            squares = found[..., row : row + spacing, column : column + spacing]
            assert squares.flatten(1).sum(dim=1).tolist() == [1] * pictures


def test_every_pixel_is_blinded_equally_often() -> None:
    found = positions((20000, 5, 7), spacing=3, generator=seeded()).float().mean(dim=0)
    assert torch.allclose(found, torch.full_like(found, 1 / 9), atol=0.01)


@given(
    st.integers(2, 17),
    st.integers(2, 17),
    st.integers(1, 5),
    st.sampled_from(["none", "row", "column"]),
    st.integers(0, 99),
)
def test_a_blinded_pixel_never_equals_itself_and_all_others_do(
    height: int, width: int, radius: int, line: Any, seed: int
) -> None:
    degraded = numbered(2, height, width, channels=2)
    blinding = Blinding(spacing=4, radius=radius, line=line, reach=2)
    entering, centres = blinded(degraded, blinding, generator=seeded(seed))
    changed = entering != degraded
    assert bool(changed[centres.expand_as(changed)].all())
    assert torch.equal(changed[:, 0], changed[:, 1]), "all channels together"
    if line == "none":
        assert torch.equal(changed[:, :1], centres)


@given(st.integers(2, 17), st.integers(2, 17), st.integers(1, 5), st.integers(0, 99))
def test_a_replacement_comes_from_the_same_picture_s_neighbourhood(
    height: int, width: int, radius: int, seed: int
) -> None:
    degraded = numbered(2, height, width)
    entering, centres = blinded(degraded, Blinding(spacing=3, radius=radius), generator=seeded(seed))
    picture, _, row, column = centres.nonzero(as_tuple=True)
    taken = entering[centres].long()
    assert torch.equal(taken // (height * width), picture)
    inside = taken % (height * width)
    down, right = (inside // width - row).abs(), (inside % width - column).abs()
    assert bool((down <= radius).all())
    assert bool((right <= radius).all())


def test_all_neighbours_are_equally_likely() -> None:
    degraded = numbered(1, 5, 5).expand(30000, 1, 5, 5)
    entering, centres = blinded(degraded, Blinding(spacing=5, radius=1), generator=seeded())
    central = centres[:, 0, 2, 2]
    counts = torch.bincount(entering[central, 0, 2, 2].long(), minlength=25).reshape(5, 5)[1:4, 1:4].flatten()
    assert int(counts[4]) == 0
    share = counts.float() / counts.sum()
    assert torch.allclose(share[torch.arange(9) != 4], torch.full((8,), 1 / 8), atol=0.03)


def test_the_median_fill_is_the_median_of_the_neighbours_that_exist() -> None:
    degraded = torch.rand(1, 2, 6, 6, generator=seeded())
    entering, centres = blinded(degraded, Blinding(spacing=1, radius=1, fill="median"), generator=seeded())
    assert bool(centres.all())
    for row, column in ((0, 0), (3, 2), (5, 3)):
        around = [
            degraded[0, :, y, x]
            for y in range(max(0, row - 1), min(6, row + 2))
            for x in range(max(0, column - 1), min(6, column + 2))
            if (y, x) != (row, column)
        ]
        assert torch.equal(entering[0, :, row, column], torch.stack(around).median(dim=0).values)


@pytest.mark.parametrize("line", ["row", "column"])
def test_nothing_of_a_line_near_a_blinded_pixel_stays_and_its_replacements_are_of_other_lines(line: Any) -> None:
    """Noise that is constant along the line cannot be read off the entering picture: it holds nothing of that line."""
    side = 13
    lines = torch.arange(side, dtype=torch.float32)[:, None].expand(side, side)
    degraded = (lines if line == "row" else lines.T)[None, None].contiguous()
    entering, centres = blinded(degraded, Blinding(spacing=side - 6, radius=2, line=line, reach=3), generator=seeded(3))
    _, _, row, column = (int(axis) for axis in centres.nonzero()[0])
    along = entering[0, 0, row] if line == "row" else entering[0, 0, :, column]
    at, own = (column, row) if line == "row" else (row, column)
    near = along[max(0, at - 3) : at + 4]
    assert bool((near != own).all())
    assert bool(((near - own).abs() <= 2).all())
    assert int((entering != degraded).sum()) == len(near)
    assert int(centres.sum()) == 1


def test_a_picture_of_one_pixel_has_no_replacement() -> None:
    with pytest.raises(ValueError, match="1×1 pixels has no pixel that could take another one's place"):
        blinded(torch.rand(1, 1, 1, 1), Blinding(spacing=1), generator=seeded())


def test_a_blinded_pixel_s_noise_is_unrelated_to_what_enters() -> None:
    noise = torch.randn(4000, 1, 5, 5, generator=seeded(1))
    entering, centres = blinded(noise, Blinding(spacing=5, radius=2), generator=seeded(2))
    here = centres[:, 0, 2, 2]
    products = (noise[here, 0, 2, 2, None, None] * entering[here, 0]).mean(dim=0)
    assert float(products.abs().max()) < 4.5 / int(here.sum()) ** 0.5


def test_the_error_is_the_mean_over_the_blinded_pixels_of_each_picture() -> None:
    estimate, degraded = torch.zeros(2, 3, 2, 2), torch.ones(2, 3, 2, 2)
    degraded[0, :, 0, 0] = torch.tensor([1.0, 2.0, 3.0])
    centres = torch.zeros(2, 1, 2, 2, dtype=torch.bool)
    centres[0, 0, 0, 0] = True
    assert masked_error(estimate, degraded, centres).tolist() == pytest.approx([14 / 3, 0.0])
