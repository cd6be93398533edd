"""Splatting against a plain loop, and merging samples whose places are known."""

from __future__ import annotations

import math

import pytest
import torch
from burnish_super_resolution.burst_sr_splatting import deviation, splatted
from torch import Tensor


def frame(height: int = 5, width: int = 6, seed: int = 0) -> Tensor:
    return torch.rand(1, 2, height, width, generator=torch.Generator().manual_seed(seed))


def still(height: int = 5, width: int = 6) -> Tensor:
    return torch.zeros(1, 2, height, width)


def shifted(right: float, down: float, height: int = 5, width: int = 6) -> Tensor:
    return torch.tensor([right, down]).view(1, 2, 1, 1).expand(1, 2, height, width)


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("motion", [(0.0, 0.0), (0.3, -1.2), (7.0, 0.1)])
def test_values_and_weights_are_those_of_a_plain_loop(scale: int, motion: tuple[float, float]) -> None:
    picture, (right, down) = frame(), motion
    values, weights = splatted(picture, shifted(right, down), scale)
    for row in range(5 * scale):
        for column in range(6 * scale):
            x, y = (column + 0.5) / scale - 0.5 + right, (row + 0.5) / scale - 0.5 + down
            value, total = torch.zeros(2), 0.0
            for j in range(round(y) - 1, round(y) + 2):
                for i in range(round(x) - 1, round(x) + 2):
                    if 0 <= i < 6 and 0 <= j < 5:
                        weight = math.exp(-((x - i) ** 2 + (y - j) ** 2) / (2 * deviation(scale) ** 2))
                        value, total = value + weight * picture[0, :, j, i], total + weight
            assert torch.allclose(values[0, :, row, column], value, atol=1e-5)
            assert float(weights[0, 0, row, column]) == pytest.approx(total, abs=1e-5)


def test_a_plain_frame_stays_plain() -> None:
    values, weights = splatted(torch.full((1, 1, 5, 6), 0.3), shifted(0.2, 0.4), 2)
    seen = weights > 1e-6
    assert torch.allclose((values / weights)[seen], torch.tensor(0.3))


def test_frames_that_sample_every_second_pixel_merge_into_the_picture() -> None:
    """The frame with content ``fine[2y + a, 2x + b]`` shows reference(p) at p + (b', a')."""
    fine = torch.nn.functional.avg_pool2d(frame(24, 28), 3, 1, padding=1)
    values, weights = torch.zeros_like(fine), torch.zeros_like(fine[:, :1])
    for down in (0, 1):
        for right in (0, 1):
            seen = fine[..., down::2, right::2]
            part = splatted(seen, shifted(-right / 2 + 0.25, -down / 2 + 0.25, 12, 14), 2)
            values, weights = values + part[0], weights + part[1]
    inner = (..., slice(3, -3), slice(3, -3))
    merged = values / weights
    single, weight = splatted(fine[..., ::2, ::2], shifted(0.25, 0.25, 12, 14), 2)
    errors = [float((estimate - fine)[inner].abs().mean()) for estimate in (merged, single / weight)]
    assert errors[0] < 0.2 * errors[1]


def test_beyond_the_frame_there_is_no_weight() -> None:
    _, weights = splatted(frame(), shifted(20.0, 0.0), 2)
    assert not bool(weights.any())


def test_a_still_frame_keeps_its_samples_where_they_are() -> None:
    values, weights = splatted(frame(), still(), 1)
    assert torch.allclose(values / weights, frame(), atol=0.15)
    assert bool((weights >= 1.0).all())
