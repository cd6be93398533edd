"""Small scenes with edges, and their blurred photographs, made by SciPy: fixtures that are functions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from scipy import ndimage, signal
from torch import Tensor


def make_scene(height: int, width: int, channels: int = 1) -> Tensor:
    """1,C,H,W: rectangles, a disk and a ramp, each channel brighter than the one before."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    x = 0.2 + 0.2 * rows / height
    x = torch.where((rows % 23 < 9) & (columns % 17 < 8), x + 0.35, x)
    x = torch.where((rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (height / 5) ** 2, 0.85, x)
    return torch.stack([x * (1 - 0.1 * (channels - 1 - i)) for i in range(channels)])[None].float()


def make_shake() -> Tensor:
    """13,13: a bent path, not symmetric."""
    kernel = torch.zeros(13, 13)
    for step in range(40):
        t = step / 39
        kernel[round(2 + 8 * t), round(3 + 7 * t**3)] += 1 + t
    return kernel / kernel.sum()


def make_blurred(clean: Tensor, kernel: Tensor, *, sigma: float, boundary: str) -> tuple[Tensor, Tensor]:
    """The photograph and the part of the scene that it shows: all of a periodic one, else where nothing is missing."""
    radius = kernel.shape[-1] // 2
    planes = [plane.numpy() for plane in clean.flatten(0, 1)]
    if boundary == "circular":
        found = [ndimage.convolve(plane, kernel.numpy(), mode="wrap") for plane in planes]
    else:
        found = [signal.convolve2d(plane, kernel.numpy(), mode="valid") for plane in planes]
        clean = clean[..., radius:-radius, radius:-radius]
    degraded = torch.stack([torch.from_numpy(plane) for plane in found]).reshape(clean.shape)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1), dtype=clean.dtype)
    return degraded + sigma * noise, clean


@pytest.fixture
def scene() -> Callable[..., Tensor]:
    """See ``make_scene``."""
    return make_scene


@pytest.fixture
def shake() -> Tensor:
    """See ``make_shake``."""
    return make_shake()


@pytest.fixture
def blurred() -> Callable[..., tuple[Tensor, Tensor]]:
    """See ``make_blurred``."""
    return make_blurred
