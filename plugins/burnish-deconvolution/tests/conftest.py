"""Small scenes with edges, and their blurred photographs, made by SciPy."""

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


def make_rectangles() -> Tensor:
    """128,128: overlapping rectangles of random greys: sharp edges, nothing else."""
    side, generator = 128, torch.Generator().manual_seed(5)
    picture = torch.full((side, side), 0.5)
    for _ in range(60):
        top, left = torch.randint(0, side - 8, (2,), generator=generator).tolist()
        height, width = torch.randint(6, side // 3, (2,), generator=generator).tolist()
        picture[top : top + height, left : left + width] = torch.rand(1, generator=generator)
    return picture


def make_hook() -> Tensor:
    """9,9: a hooked path."""
    kernel = torch.zeros(9, 9)
    for step in range(6):
        kernel[1 + step, 2 + step // 2] = 1.0 + 0.2 * step
    kernel[7, 5:8] = 1.0
    return kernel / kernel.sum()


def photograph(kernel: Tensor) -> Tensor:
    """The valid part of SciPy's convolution of the rectangles: beyond its border lies a scene that nobody recorded."""
    blurred = torch.from_numpy(signal.convolve2d(make_rectangles().numpy(), kernel.numpy(), mode="valid")).float()
    return blurred + 0.004 * torch.randn(blurred.shape, generator=torch.Generator().manual_seed(6))


def largest_correlation(first: Tensor, second: Tensor) -> float:
    """Of two kernels, normalised, over all shifts."""
    products = signal.convolve2d(first.numpy(), second.flip(0, 1).numpy())
    return float(products.max() / (first.norm() * second.norm()))


@pytest.fixture(scope="session")
def rectangles() -> Tensor:
    """See ``make_rectangles``."""
    return make_rectangles()


@pytest.fixture(scope="session")
def hook() -> Tensor:
    """See ``make_hook``."""
    return make_hook()


@pytest.fixture(scope="session")
def photographed() -> Callable[[Tensor], Tensor]:
    """See ``photograph``."""
    return photograph


@pytest.fixture(scope="session")
def likeness() -> Callable[[Tensor, Tensor], float]:
    """See ``largest_correlation``."""
    return largest_correlation


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
