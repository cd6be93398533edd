"""The global skip is the very imresize of the benchmarks."""

from __future__ import annotations

import pytest
import torch
from burnish.ops.enlarging import BicubicSkip
from burnish.ops.resampling import resize
from hypothesis import given
from hypothesis import strategies as st


@given(
    scale=st.integers(2, 4),
    height=st.integers(2, 20),
    width=st.integers(2, 20),
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 9),
)
def test_it_equals_imresize_up_to_the_border(scale: int, height: int, width: int, channels: int, seed: int) -> None:
    picture = torch.rand(2, channels, height, width, generator=torch.Generator().manual_seed(seed))
    assert torch.allclose(BicubicSkip(scale)(picture), resize(picture, float(scale)), atol=2e-6)


def test_it_stays_in_float32_under_autocast_and_stores_nothing() -> None:
    skip, picture = BicubicSkip(2), torch.rand(1, 3, 9, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(skip(picture), skip(picture.float()))
        assert skip(picture).dtype == torch.float32
    assert skip.state_dict() == {}


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_each_phase_keeps_a_constant(scale: int) -> None:
    assert torch.allclose(BicubicSkip(scale).kernels.sum(dim=(1, 2, 3)), torch.ones(scale**2), atol=1e-6)
