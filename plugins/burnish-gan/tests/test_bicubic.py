"""The bicubic enlargement against MATLAB's convention as the host computes it, and against closed forms."""

from __future__ import annotations

import pytest
import torch
from burnish.imaging.resampling import resize
from burnish_gan.bicubic import BicubicEnlargement
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor


def picture(height: int, width: int, seed: int) -> Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(seed))


@given(st.integers(2, 12), st.integers(2, 12), st.sampled_from([2, 3, 4]), st.integers(0, 9))
def test_it_is_matlab_s_imresize(height: int, width: int, scale: int, seed: int) -> None:
    degraded = picture(height, width, seed)
    assert torch.allclose(BicubicEnlargement(scale)(degraded), resize(degraded, scale), rtol=0, atol=2e-6)


@pytest.mark.parametrize("scale", [2, 4])
def test_away_from_the_border_a_plane_stays_a_plane(scale: int) -> None:
    plane = torch.arange(12.0)[None, None, None, :].expand(1, 1, 12, 12) / 12
    large = BicubicEnlargement(scale)(plane)[0, 0, 0, 2 * scale : -2 * scale]
    assert torch.allclose(large.diff(), torch.full_like(large[1:], 1 / (12 * scale)), rtol=0, atol=1e-6)


def test_reduced_precision_around_it_leaves_it_in_float32() -> None:
    degraded = picture(6, 6, 0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        reduced = BicubicEnlargement(2)(degraded)
    assert torch.equal(reduced, BicubicEnlargement(2)(degraded))
