"""Shifts and turns by the windowed sinc: exact for whole pixels, nearly ideal for smooth pictures, with transposes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from burnish_degradations.frames.interpolation import REACH, rotate, rotation_margin, shift_transfer, sinc_taps
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

LENGTH = 64


def _shifted(line: torch.Tensor, offset: float) -> torch.Tensor:
    transfer = shift_transfer(torch.tensor(offset), len(line), half=True, like=line)
    return torch.fft.irfft(torch.fft.rfft(line) * transfer, n=len(line))


def _smooth(count: int = 1) -> torch.Tensor:
    """Random pictures without frequencies above 0.25 cycles a pixel, count,1,1,80,90."""
    noise = np.random.default_rng(3).standard_normal((count, 80, 90))
    spectrum = np.fft.fft2(noise)
    fast = np.maximum(abs(np.fft.fftfreq(80))[:, None], abs(np.fft.fftfreq(90)))
    return torch.from_numpy(np.fft.ifft2(spectrum * (fast < 0.25)).real)[:, None, None]


@given(offset=st.floats(-20, 20))
def test_the_weights_sum_to_one_and_lie_within_the_reach(offset: float) -> None:
    places, weights = sinc_taps(torch.tensor(offset, dtype=torch.float64))
    assert float(weights.sum()) == pytest.approx(1, abs=1e-12)
    assert float((places - offset).abs().max()) <= REACH


@given(offset=st.integers(-70, 70))
def test_a_shift_by_whole_pixels_is_exact(offset: int) -> None:
    line = torch.rand(LENGTH, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(_shifted(line, float(offset)), torch.roll(line, offset), atol=1e-14)


@given(offset=st.floats(-3, 3), cycles=st.integers(0, 19), phase=st.floats(0, 6.28))
def test_a_wave_of_up_to_three_tenths_of_a_cycle_a_pixel_moves_as_the_formula_says(
    offset: float, cycles: int, phase: float
) -> None:
    frequency = 2 * math.pi * cycles / LENGTH
    place = torch.arange(LENGTH, dtype=torch.float64)
    moved = _shifted(torch.cos(frequency * place + phase), offset)
    assert torch.allclose(moved, torch.cos(frequency * (place - offset) + phase), rtol=0, atol=2e-3)


def test_smooth_pictures_move_as_scipys_fourier_shift_moves_them() -> None:
    picture = _smooth()[0, 0, 0]
    down, right = 1.37, -0.61
    rows = shift_transfer(torch.tensor(down), 80, half=False, like=picture)
    columns = shift_transfer(torch.tensor(right), 90, half=True, like=picture)
    moved = torch.fft.irfft2(torch.fft.rfft2(picture) * rows[:, None] * columns, s=(80, 90))
    ideal = np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(picture.numpy()), (down, right))).real
    assert np.abs(moved.numpy() - ideal).max() < 2e-3 * np.abs(ideal).max()


@pytest.mark.parametrize("degrees", [3.0, -2.0, 0.4])
def test_a_smooth_picture_turns_counter_clockwise_as_scipy_turns_it(degrees: float) -> None:
    picture = _smooth()
    margin = rotation_margin(abs(math.radians(degrees)), 80, 90)
    inside = (slice(margin, -margin), slice(margin, -margin))
    turned = rotate(picture, torch.tensor([[math.radians(degrees)]]))[0, 0, 0].numpy()[inside]
    scipys = ndimage.rotate(picture[0, 0, 0].numpy(), degrees, reshape=False, order=5, mode="grid-wrap")[inside]
    assert np.abs(turned - scipys).max() < 5e-3 * np.abs(scipys).max()


def test_each_frame_is_turned_by_its_own_angle_and_the_transpose_is_exact() -> None:
    generator = torch.Generator().manual_seed(1)
    x, y = (torch.randn(2, 3, 2, 31, 40, generator=generator, dtype=torch.float64) for _ in range(2))
    angle = 0.1 * torch.randn(2, 3, generator=generator, dtype=torch.float64)
    turned = rotate(x, angle)
    assert torch.allclose(turned[1:, 2:], rotate(x[1:, 2:], angle[1:, 2:]), atol=1e-13)
    assert float((turned * y).sum()) == pytest.approx(float((x * rotate(y, angle, adjoint=True)).sum()), rel=1e-10)
    assert torch.allclose(rotate(x, torch.zeros(2, 3)), x, atol=1e-13)
