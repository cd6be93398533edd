"""The blur at every place is that of the interpolated kernels; fields of rolling cameras and slanted planes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import DataError
from burnish_degradations.blur.kernel_fields import nodes, shake_field
from burnish_degradations.blur.varying_blur import VaryingBlur
from scipy import signal

SHAKE: dict[str, Any] = {"length": 5.0, "turn": 4.0, "grid": 3}
DEFOCUS: dict[str, Any] = {"cause": "defocus", "radius": [0.5, 3.5], "grid": 4}
SIZE = (37, 45)


def _picture() -> torch.Tensor:
    return torch.rand(2, 2, *SIZE, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def _drawn(blur: VaryingBlur) -> dict[str, Any]:
    kernel: dict[str, Any] = blur.draw((2, 2, *SIZE), torch.Generator().manual_seed(3))["kernel"]
    return kernel


@pytest.mark.parametrize("config", [SHAKE, DEFOCUS])
def test_every_pixel_is_scipys_convolution_with_the_interpolated_kernel(config: dict[str, Any]) -> None:
    blur = VaryingBlur(boundary="valid", **config)
    drawn = _drawn(blur)
    kernels, blurred = blur.kernels(SIZE, drawn).numpy(), blur.A(_picture(), drawn).numpy()
    height, width = blurred.shape[2:]
    row = np.linspace(0, blur.grid - 1, height)[:, None]
    column = np.linspace(0, blur.grid - 1, width)
    for picture in range(2):
        wanted = np.zeros((height, width))
        for node, kernel in enumerate(kernels[picture]):
            weight = np.maximum(1 - abs(row - node // blur.grid), 0) * np.maximum(1 - abs(column - node % blur.grid), 0)
            wanted += weight * signal.convolve2d(_picture()[picture, 1].numpy(), kernel, mode="valid")
        assert np.abs(blurred[picture, 1] - wanted).max() < 1e-12


@pytest.mark.parametrize("boundary", ["reflect", "circular", "valid"])
@pytest.mark.parametrize("config", [SHAKE, DEFOCUS])
def test_a_flat_picture_stays_flat_and_the_transpose_is_exact(config: dict[str, Any], boundary: Any) -> None:
    blur = VaryingBlur(boundary=boundary, **config)
    drawn = _drawn(blur)
    image = blur.A(_picture(), drawn)
    y = torch.randn(image.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert float((image * y).sum()) == pytest.approx(float((_picture() * blur.A_adjoint(y, drawn)).sum()), rel=1e-10)
    assert torch.allclose(blur.A(torch.full_like(_picture(), 0.7), drawn), torch.full_like(image, 0.7), atol=1e-12)


def test_kernels_are_non_negative_sum_to_one_and_none_is_cut_off() -> None:
    for config in (SHAKE, {**SHAKE, "turn": 30.0}, DEFOCUS):
        blur = VaryingBlur(**config)
        kernels = blur.kernels(SIZE, _drawn(blur))
        assert kernels.shape[1] == blur.grid**2
        assert kernels.shape[2] == kernels.shape[3] == blur.side(SIZE)
        assert float(kernels.min()) >= 0
        assert torch.allclose(kernels.sum(dim=(2, 3)), torch.ones(2, blur.grid**2, dtype=torch.float64))
        place = torch.arange(blur.side(SIZE)) - blur.side(SIZE) // 2
        assert float((kernels.sum(dim=2) * place).sum(dim=2).abs().max()) < 1e-9
        assert float((kernels.sum(dim=3) * place).sum(dim=2).abs().max()) < 1e-9


def test_a_pure_roll_blurs_along_circles_and_leaves_the_centre_sharp() -> None:
    size, turn = (101, 101), 6.0
    places = nodes(size, 3)
    kernels = shake_field([[1, 2]], [0.0], [0.0], [turn], places=places, side=13)[0]
    assert kernels[4, 6, 6] == pytest.approx(1.0)
    offset = np.arange(13) - 6
    spread = [float((kernel.sum(axis=1) * offset**2).sum()) for kernel in kernels]
    right = 5
    assert places[right].tolist() == [50.0, 0.0]
    path = math.radians(turn) * 50
    sideways = float((kernels[right].sum(axis=0) * offset**2).sum())
    assert sideways == pytest.approx(0.0, abs=1e-9)
    inertia = spread[right]
    assert 0.5 * path**2 / 12 * 0.3 < inertia < path**2 / 12 + 0.3


def test_the_radius_of_a_slanted_plane_goes_from_one_end_to_the_other() -> None:
    blur = VaryingBlur(cause="defocus", radius=[2.0, 6.0], grid=3)
    kernels = blur.kernels((61, 61), {"radius": [[2.0, 6.0]], "direction": [0.0]})[0]
    area = (1 / kernels.square().sum(dim=(1, 2))).reshape(3, 3)
    for row in area:
        assert row.tolist() == pytest.approx([math.pi * r**2 for r in (2.0, 4.0, 6.0)], rel=0.25)
        assert float(row[0]) < float(row[1]) < float(row[2])


def test_the_target_is_the_valid_part_and_a_picture_without_one_is_refused() -> None:
    clean = _picture().float()
    blur = VaryingBlur(boundary="valid", **DEFOCUS)
    made = blur(clean, torch.Generator().manual_seed(0))
    assert torch.equal(made.target, clean[..., 3:-3, 3:-3])
    assert made.degraded.shape == made.target.shape
    with pytest.raises(DataError, match="no valid part"):
        VaryingBlur(cause="defocus", radius=30.0, boundary="valid")(clean, torch.Generator().manual_seed(0))


def test_a_picture_narrower_than_the_grid_is_blurred_too() -> None:
    blur = VaryingBlur(cause="defocus", radius=2.0, grid=6)
    flat = torch.full((1, 1, 3, 40), 0.5)
    assert torch.allclose(blur.A(flat), flat, atol=1e-6)
