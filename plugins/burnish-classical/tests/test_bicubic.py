"""Enlarging is MATLAB's: Pillow agrees inside, and the published Set5 figures come out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.io import list_pictures, read_clean
from burnish.ops.resampling import resize
from burnish_classical.bicubic import Bicubic
from PIL import Image


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_interior_equals_pillow_in_floating_point(scale: int) -> None:
    plane = np.random.default_rng(0).random((20, 27), dtype=np.float32)
    oracle = np.asarray(Image.fromarray(plane).resize((27 * scale, 20 * scale), Image.Resampling.BICUBIC))
    ours = Bicubic(scale=scale)(torch.from_numpy(plane)[None, None])[0, 0].numpy()
    inside = (slice(2 * scale, -2 * scale), slice(2 * scale, -2 * scale))
    assert ours.shape == oracle.shape
    assert np.abs(ours[inside] - oracle[inside]).max() < 2e-6


@pytest.mark.parametrize(("scale", "published"), [(2, 33.66), (3, 30.39), (4, 28.42)])
def test_set5_has_the_published_psnr(shared_data: Path, scale: int, published: float) -> None:
    scores = []
    for path in list_pictures(shared_data / "test" / "Set5"):
        luma = read_clean(path, "y")
        target = luma[..., : luma.shape[2] // scale * scale, : luma.shape[3] // scale * scale]
        estimate = Bicubic(scale=scale)(resize(target, 1 / scale))
        levels = (estimate * 255 + 0.5).floor().clamp(0, 255)
        error = ((levels - (target * 255).round()).double()[..., scale:-scale, scale:-scale]).pow(2).mean()
        scores.append(10 * math.log10(255**2 / float(error)))
    assert round(float(np.mean(scores)), 2) == published


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_an_output_pixel_depends_on_its_receptive_field_alone(scale: int) -> None:
    picture = torch.zeros(1, 1, 21, 21)
    changed = picture.clone()
    changed[0, 0, 10, 10] = 1.0
    rows = (Bicubic(scale=scale)(changed) - Bicubic(scale=scale)(picture))[0, 0].abs().sum(1).nonzero().flatten()
    reach = Bicubic.receptive_field // 2
    assert int(rows.min()) // scale >= 10 - reach
    assert int(rows.max()) // scale <= 10 + reach
