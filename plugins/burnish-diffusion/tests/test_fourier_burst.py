"""Fourier burst accumulation: against NumPy, and on frames whose lost frequencies are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_diffusion.fourier_burst import MARGIN, POWER, WINDOW, accumulated
from scipy import ndimage
from torch import Tensor


def texture(height: int = 40, width: int = 48, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def blurred(picture: Tensor, axis: int) -> Tensor:
    """A uniform motion of nine pixels along one axis."""
    values = ndimage.uniform_filter1d(picture.numpy(), 9, axis=axis, mode="mirror")
    return torch.from_numpy(values)


def by_hand(frames: np.ndarray) -> np.ndarray:
    """T,C,H,W; magnitudes smoothed by a Gaussian of the frequencies, with SciPy."""
    padded = np.pad(frames, [(0, 0), (0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)], mode="reflect")
    spectrum = np.fft.fft2(padded)
    sides = padded.shape[-2:]
    deviations = [side / (2 * np.pi * WINDOW) for side in sides]
    magnitude = [ndimage.gaussian_filter(np.abs(s).mean(0), deviations, mode="wrap", truncate=12) for s in spectrum]
    weight = (np.stack(magnitude) / np.max(magnitude, axis=0)) ** POWER
    mixed = (weight[:, None] * spectrum).sum(0) / weight.sum(0)
    return np.fft.ifft2(mixed).real[:, MARGIN:-MARGIN, MARGIN:-MARGIN]


@pytest.mark.parametrize("size", [(40, 48), (41, 47)])
def test_the_accumulation_is_that_of_a_plain_program(size: tuple[int, int]) -> None:
    clean = texture(*size)
    frames = torch.stack([blurred(clean, 2), blurred(clean, 3), clean.roll(1, 2)], dim=1)
    expected = by_hand(frames[0].double().numpy())
    np.testing.assert_allclose(accumulated(frames)[0].numpy(), expected, atol=2e-4)


def test_what_one_frame_lost_another_gives() -> None:
    clean = torch.from_numpy(ndimage.gaussian_filter(texture(64, 64).numpy(), (0, 0, 2, 2), mode="wrap"))
    frames = [blurred(clean, 2), blurred(clean, 3)]
    inner = (..., slice(8, -8), slice(8, -8))
    errors = [float((frame - clean)[inner].square().mean()) for frame in frames]
    merged = float((accumulated(torch.stack(frames, dim=1)) - clean)[inner].square().mean())
    mean = float((0.5 * (frames[0] + frames[1]) - clean)[inner].square().mean())
    assert merged < 0.5 * min(*errors, mean)


def test_a_single_frame_and_equal_frames_are_returned() -> None:
    clean = texture()
    for count in (1, 3):
        assert torch.allclose(accumulated(clean[:, None].expand(-1, count, -1, -1, -1)), clean, atol=1e-5)


def test_the_order_of_the_frames_does_not_matter() -> None:
    frames = torch.stack([blurred(texture(), 2), blurred(texture(), 3)], dim=1)
    assert torch.allclose(accumulated(frames), accumulated(frames.flip(1)), atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (3, 9), (16, 16)])
def test_small_and_black_pictures_stay_finite(size: tuple[int, int]) -> None:
    found = accumulated(torch.zeros(2, 2, 1, *size))
    assert torch.equal(found, torch.zeros(2, 1, *size))
