"""Bicubic resampling against MATLAB's own output, Pillow's interior, and its defining properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.ops.resampling import resize, resize_adjoint, resized_length, taps
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image


def _eight_bit(path: Path) -> torch.Tensor:
    pixels = np.asarray(Image.open(path).convert("RGB"))
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize("factor", [2, 4])
def test_low_resolution_set5_made_by_matlab_is_reproduced_with_no_differing_pixel(
    shared_data: Path, factor: int
) -> None:
    made = sorted((shared_data / "test" / "Set5_LR_matlab" / f"X{factor}").glob("*.png"))
    assert len(made) == 5
    for path in made:
        (original,) = (shared_data / "test" / "Set5").glob(path.stem.removesuffix(f"x{factor}") + ".*")
        ours = resize(_eight_bit(original), 1 / factor, quantise="uint8-per-pass")
        assert int(((ours - _eight_bit(path)).abs() > 0.5 / 255).sum()) == 0


def test_rounding_only_once_does_not_reproduce_matlab_on_8_bit_pictures(shared_data: Path) -> None:
    original = _eight_bit(next((shared_data / "test" / "Set5").glob("bird.*")))
    made = _eight_bit(shared_data / "test" / "Set5_LR_matlab" / "X2" / "birdx2.png")
    share = ((resize(original, 0.5, quantise="uint8") - made).abs() > 0.5 / 255).float().mean()
    assert 0.05 < float(share) < 0.25


@pytest.mark.parametrize("scale", [1 / 4, 1 / 3, 1 / 2, 2.0, 3.0, 4.0])
def test_interior_equals_pillow_in_floating_point(scale: float) -> None:
    plane = np.random.default_rng(0).random((60, 72), dtype=np.float32)
    size = (resized_length(60, scale), resized_length(72, scale))
    oracle = np.asarray(Image.fromarray(plane).resize(size[::-1], Image.Resampling.BICUBIC))
    ours = resize(torch.from_numpy(plane)[None, None], scale)[0, 0].numpy()
    border = 2 if scale < 1 else 2 * int(scale)
    inside = (slice(border, -border), slice(border, -border))
    assert ours.shape == size
    assert np.abs(ours[inside] - oracle[inside]).max() < 2e-6


@settings(deadline=None, max_examples=40)
@given(length=st.integers(1, 40), scale=st.sampled_from([1 / 4, 1 / 3, 1 / 2, 2 / 3, 1.0, 1.5, 2.0, 3.0, 4.0]))
def test_weights_sum_to_one_and_look_only_inside_the_picture(length: int, scale: float) -> None:
    indices, weights = taps(length, resized_length(length, scale), scale)
    assert np.allclose(weights.sum(axis=1), 1.0, atol=1e-12)
    assert indices.min() >= 0
    assert indices.max() < length


@settings(deadline=None, max_examples=30)
@given(
    height=st.integers(1, 17),
    width=st.integers(1, 17),
    scale=st.sampled_from([1 / 4, 1 / 3, 1 / 2, 2.0, 3.0]),
    seed=st.integers(0, 2**31),
)
def test_adjoint_satisfies_its_defining_identity(height: int, width: int, scale: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 1, height, width, generator=generator, dtype=torch.float64)
    image = resize(x, scale)
    y = torch.randn(image.shape, generator=generator, dtype=torch.float64)
    left = float((image * y).sum())
    assert left == pytest.approx(float((x * resize_adjoint(y, scale, (height, width))).sum()), rel=1e-10, abs=1e-10)


def test_borders_are_mirrored_with_the_edge_repeated() -> None:
    row = torch.arange(8, dtype=torch.float64).reshape(1, 1, 1, 8)
    mirrored = torch.cat([row.flip(3), row, row.flip(3)], dim=3)
    for scale in (0.5, 0.25, 2.0):
        part = resized_length(8, scale)
        assert torch.allclose(resize(row, scale), resize(mirrored, scale)[..., part : 2 * part], atol=1e-12)


def test_a_constant_picture_stays_constant_and_type_and_batch_are_kept() -> None:
    for scale in (1 / 3, 2.0):
        out = resize(torch.full((2, 3, 9, 12), 0.37), scale)
        assert out.dtype == torch.float32
        assert torch.allclose(out, torch.full_like(out, 0.37), atol=1e-7)
    pair = torch.rand(2, 3, 12, 8, generator=torch.Generator().manual_seed(1))
    assert torch.equal(resize(pair, 0.5)[1:], resize(pair[1:], 0.5))


def test_quantised_results_are_levels_of_8_bit() -> None:
    picture = (torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(2)) > 0.5).float()
    out = resize(picture, 0.5, quantise="uint8") * 255
    assert torch.allclose(out, out.round(), atol=1e-4)
    assert 0 <= float(out.min()) <= float(out.max()) <= 255
    assert float(resize(picture, 0.5).min()) < 0
