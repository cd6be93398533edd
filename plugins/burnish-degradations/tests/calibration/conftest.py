"""Pictures with a known noise, made by NumPy alone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from burnish.io import Picture, write_picture
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def scene(seed: int = 0, height: int = 384, width: int = 512) -> Floats:
    """H,W: ramps, plates of several brightnesses with sharp edges, and a part with texture."""
    x = np.tile(np.linspace(0.02, 0.98, width), (height, 1))
    x[height // 2 :] = x[height // 2 :, ::-1]
    x[height // 4 : height // 3, width // 5 : width // 2] = 0.5
    x[height // 2 : height // 2 + 20], x[-60:-30] = 0.9, 0.06
    texture = np.random.default_rng(seed).uniform(-0.15, 0.15, (height // 6, width // 4))
    x[: height // 6, : width // 4] += texture
    return x.clip(0.0, 1.0)


def noisy(clean: Floats, seed: int, *, gain: float, read: float, offset: float = 0.0) -> Floats:
    """Photons of what is above the offset, and reading; not clipped."""
    random = np.random.default_rng(seed)
    above = np.maximum(clean - offset, 0.0)
    counted = random.poisson(above / gain) * gain if gain else above
    return counted + np.minimum(clean, offset) + read * random.standard_normal(clean.shape)


def stored(values: Floats, bits: int = 8) -> NDArray[np.float32]:
    """H,W,1 in [0, 1], clipped and rounded as a file does; ``bits`` 0: float."""
    if not bits:
        return values.astype(np.float32)[..., None]
    peak = 2**bits - 1
    return (np.floor(values.clip(0.0, 1.0) * peak + 0.5) / peak).astype(np.float32)[..., None]


def write(path: Path, values: Floats) -> None:
    """An 8-bit grey file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, Picture(pixels=(stored(values) * 255.0).round().astype(np.uint8)))


@pytest.fixture
def camera() -> SimpleNamespace:
    """``scene``, ``noisy``, ``stored``, ``write``."""
    return SimpleNamespace(scene=scene, noisy=noisy, stored=stored, write=write)
