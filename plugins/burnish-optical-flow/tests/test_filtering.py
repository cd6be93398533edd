"""The small filters agree with SciPy's and with calculus."""

import numpy as np
import pytest
import torch
from burnish_optical_flow.filtering import derivatives, gaussian, median
from scipy import ndimage


@pytest.mark.parametrize("sigma", [0.6, 2.0])
def test_the_gaussian_is_scipys(sigma: float) -> None:
    picture = np.random.default_rng(0).random((20, 31))
    radius = int(np.ceil(3 * sigma))
    wanted = ndimage.gaussian_filter(picture, sigma, mode="nearest", radius=radius)
    found = gaussian(torch.from_numpy(picture)[None, None], sigma)[0, 0].numpy()
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_derivatives_are_exact_for_polynomials_of_degree_four() -> None:
    y, x = torch.meshgrid(torch.arange(9).double(), torch.arange(11).double(), indexing="ij")
    picture = (x**4 - 2 * x * y**3 + y**2)[None, None]
    right, down = derivatives(picture)
    inner = (0, 0, slice(2, -2), slice(2, -2))
    torch.testing.assert_close(right[inner], (4 * x**3 - 2 * y**3)[2:-2, 2:-2])
    torch.testing.assert_close(down[inner], (-6 * x * y**2 + 2 * y)[2:-2, 2:-2])


@pytest.mark.parametrize("side", [3, 5])
def test_the_median_is_scipys_channel_by_channel(side: int) -> None:
    field = np.random.default_rng(1).random((2, 2, 12, 15)).astype(np.float32)
    wanted = np.stack([[ndimage.median_filter(plane, side, mode="nearest") for plane in both] for both in field])
    assert np.array_equal(median(torch.from_numpy(field), side).numpy(), wanted)
