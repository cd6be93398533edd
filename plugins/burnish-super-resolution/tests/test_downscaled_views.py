"""A view at rest is MATLAB's bicubic downscaling, a displaced one that of the displaced scene; the way back fits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.ops.resampling import cubic, resize
from burnish_super_resolution.downscaled_views import FinePicture, View, cubic_spline, spline_coefficients
from scipy.interpolate import BSpline


def _scene(height: int, width: int, right: float = 0.0, down: float = 0.0) -> torch.Tensor:
    """Waves of at least 5 pixels, seen from a place so far to the right and down."""
    y, x = torch.arange(height)[:, None] + down, torch.arange(width)[None, :] + right
    return (0.5 + 0.2 * torch.sin(1.1 * x + 0.3 * y) + 0.2 * torch.cos(0.9 * y - 0.2 * x))[None].float()


def _still(height: int, width: int, right: float = 0.0, down: float = 0.0) -> torch.Tensor:
    return torch.tensor([right, down]).view(2, 1, 1).expand(2, height, width)


def _view(picture: torch.Tensor, scale: int, right: float = 0.0, down: float = 0.0) -> torch.Tensor:
    height, width = picture.shape[1] // scale, picture.shape[2] // scale
    fine = FinePicture(*picture.shape[1:], scale, 4 * scale)
    seen = View(_still(height, width, right, down), fine).seen(fine.smoothed(picture))
    return seen.T.reshape(-1, height, width)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_view_at_rest_is_the_bicubic_downscaling(scale: int) -> None:
    picture = torch.rand(3, 12 * scale, 15 * scale, generator=torch.Generator().manual_seed(0))
    difference = _view(picture, scale) - resize(picture[None], 1 / scale)[0]
    assert float(difference[:, 2:-2, 2:-2].abs().max()) < {2: 0.012, 3: 0.006, 4: 0.003}[scale]


@pytest.mark.parametrize(("right", "down"), [(0.5, 0.0), (-0.3, 0.7), (1.25, -1.5)])
def test_a_displaced_view_is_the_downscaling_of_the_displaced_scene(right: float, down: float) -> None:
    scale = 2
    displaced = resize(_scene(60, 70, scale * right, scale * down)[None], 1 / scale)[0]
    difference = _view(_scene(60, 70), scale, right, down) - displaced
    assert float(difference[:, 4:-4, 4:-4].abs().max()) < 3e-3


def test_the_way_back_is_the_transpose_where_the_margin_is_not_seen() -> None:
    draw = torch.Generator().manual_seed(1)
    picture = torch.zeros(2, 40, 44)
    picture[:, 12:-12, 12:-12] = torch.randn(2, 16, 20, generator=draw)
    pixels = torch.randn(20 * 22, 2, generator=draw)
    fine = FinePicture(40, 44, 2, 8)
    view = View(_still(20, 22, 0.3, -0.6), fine)
    total = torch.zeros(fine.padded[0] * fine.padded[1], 2)
    view.spread(pixels, total)
    forth, back = (view.seen(fine.smoothed(picture)) * pixels).sum(), (picture * fine.smoothed_back(total)).sum()
    assert float(forth) == pytest.approx(float(back), rel=1e-4)


def test_pixels_that_look_past_the_picture_are_known() -> None:
    view = View(_still(8, 10, 2.0, -1.0), FinePicture(16, 20, 2, 16))
    inside = view.inside.reshape(8, 10)
    assert torch.equal(inside[1:, :8], torch.ones(7, 8))
    assert float(inside[0].sum()) == 0
    assert float(inside[:, 8:].sum()) == 0


def test_the_spline_is_that_of_scipy() -> None:
    u = np.linspace(-1.99, 1.99, 101)
    assert np.allclose(cubic_spline(u), BSpline.basis_element([-2, -1, 0, 1, 2])(u), atol=1e-12)


@pytest.mark.parametrize(("scale", "error"), [(2, 0.012), (3, 0.006), (4, 0.003)])
def test_the_series_follows_the_stretched_cubic(scale: int, error: float) -> None:
    coefficients = spline_coefficients(scale)
    u = np.linspace(-2.0 * scale, 2.0 * scale, 999)
    reach = len(coefficients) // 2
    series = sum(h * cubic_spline(u - j) for j, h in zip(range(-reach, reach + 1), coefficients, strict=True))
    wanted = cubic(u / scale) / scale
    assert np.sqrt(np.mean((series - wanted) ** 2) / np.mean(wanted**2)) < error
    assert coefficients.sum() == pytest.approx(1.0)
    assert np.allclose(coefficients, coefficients[::-1], atol=1e-9)
