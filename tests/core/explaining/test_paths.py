"""A Gaussian as SciPy computes it, its derivative, and paths that end at the picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.explaining.paths import blurred, straight, unblurring
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter


@pytest.mark.parametrize("sigma", [0.3, 0.8, 1.2, 3.0])
def test_the_blur_is_scipys(grey: NDArray[np.float32], sigma: float) -> None:
    found, _ = blurred(torch.from_numpy(grey)[None, None].double(), sigma)
    radius = max(1, round(4.0 * sigma + 0.5))
    wanted = gaussian_filter(grey.astype(np.float64), sigma, mode="nearest", radius=radius)
    np.testing.assert_allclose(found[0, 0].numpy(), wanted, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.4, 1.1])
def test_the_slope_is_the_derivative_by_the_width(grey: NDArray[np.float32], sigma: float) -> None:
    picture = torch.from_numpy(grey)[None, None].double()
    step = 1e-5
    above, below = (blurred(picture, sigma + sign * step)[0] for sign in (1, -1))
    torch.testing.assert_close(blurred(picture, sigma)[1], (above - below) / (2 * step), atol=1e-7, rtol=1e-6)


def test_a_straight_path_leads_from_the_baseline_to_the_picture() -> None:
    baseline, picture = torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)
    path = straight(baseline, picture)
    assert [float(path(position)[0].mean()) for position in (0.0, 0.25, 1.0)] == [0.0, 0.25, 1.0]
    assert torch.equal(path(0.5)[1], picture)


def test_the_path_that_gets_sharp_ends_at_the_picture_and_its_slopes_sum_to_what_was_blurred_away(
    grey: NDArray[np.float32],
) -> None:
    picture = torch.from_numpy(grey)[None, None].double()
    path = unblurring(picture, 1.2, lambda value: value[..., 4:20, 6:30])
    inner = picture[..., 4:20, 6:30]
    assert torch.equal(path(1.0)[0], inner)
    places, weights = np.polynomial.legendre.leggauss(40)
    summed = sum(0.5 * weight * path(0.5 * (place + 1))[1] for place, weight in zip(places, weights, strict=True))
    assert isinstance(summed, torch.Tensor)
    torch.testing.assert_close(path(0.0)[0] + summed, inner, atol=1e-5, rtol=0.0)
