"""Weighted Fourier burst accumulation: the cases whose result is known."""

import pytest
import torch
from burnish_optical_flow.bursts.fourier_burst import accumulate
from burnish_optical_flow.filtering import gaussian
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@given(height=st.integers(1, 70), width=st.integers(1, 70), window=st.sampled_from([16, 32, 64]))
def test_equal_frames_give_that_frame_at_any_size(height: int, width: int, window: int) -> None:
    frame = draw(3, height, width)
    torch.testing.assert_close(accumulate([frame] * 3, exponent=11, window=window), frame, atol=1e-5, rtol=0)


def test_an_exponent_of_zero_gives_the_mean() -> None:
    frames = [draw(1, 40, 50, seed=seed) for seed in range(4)]
    found = accumulate(frames, exponent=0, window=32)
    torch.testing.assert_close(found, torch.stack(frames).mean(0), atol=1e-5, rtol=0)


def test_a_large_exponent_gives_the_sharp_one_among_blurred_frames() -> None:
    sharp = draw(1, 64, 64)
    blurred = gaussian(sharp[None], 2.0)[0]
    inner = (..., slice(16, -16), slice(16, -16))
    errors = [
        float((accumulate([blurred, sharp, blurred], exponent=p, window=32)[inner] - sharp[inner]).square().mean())
        for p in (0, 2, 11)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.01 * errors[0]


def test_each_direction_is_taken_from_the_frame_that_kept_it() -> None:
    upright, lying = draw(1, 1, 96, seed=1).expand(1, 96, 96), draw(1, 96, 1, seed=2).expand(1, 96, 96)
    sharp = upright + lying
    across, down = (torch.stack([sharp.roll(k, axis) for k in range(-3, 4)]).mean(0) for axis in (2, 1))
    inner = (..., slice(16, -16), slice(16, -16))
    fused = accumulate([across, down], exponent=11, window=64)
    best = min(float((frame - sharp)[inner].square().mean()) for frame in (across, down))
    assert float((fused - sharp)[inner].square().mean()) < 0.1 * best


def test_the_order_of_the_frames_does_not_matter() -> None:
    frames = [draw(3, 30, 30, seed=seed) for seed in range(3)]
    there, back = accumulate(frames, exponent=5, window=16), accumulate(frames[::-1], exponent=5, window=16)
    torch.testing.assert_close(there, back, atol=1e-5, rtol=0)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_black_and_white_stay(value: float) -> None:
    frame = torch.full((1, 20, 20), value)
    torch.testing.assert_close(accumulate([frame, frame], exponent=11, window=16), frame, atol=1e-6, rtol=0)
