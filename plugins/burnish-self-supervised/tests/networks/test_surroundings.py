"""The mean of the neighbours against a plain loop."""

from __future__ import annotations

import torch
from burnish_self_supervised.networks.surroundings import surroundings


def test_it_is_the_mean_of_the_neighbours_that_exist() -> None:
    picture = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = torch.empty_like(picture)
    for row in range(4):
        for column in range(5):
            around = [
                picture[..., y, x]
                for y in range(max(0, row - 1), min(4, row + 2))
                for x in range(max(0, column - 1), min(5, column + 2))
                if (y, x) != (row, column)
            ]
            expected[..., row, column] = torch.stack(around).mean(0)
    assert torch.allclose(surroundings(picture), expected)


def test_a_picture_of_one_pixel_has_none() -> None:
    assert float(surroundings(torch.ones(1, 1, 1, 1))) == 0.0
