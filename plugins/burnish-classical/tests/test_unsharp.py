"""Unsharp masking equals scikit-image's, and its threshold spares what is small."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_classical.unsharp import Unsharp
from scipy import ndimage


def _picture(channels: int = 1) -> torch.Tensor:
    return torch.rand(2, channels, 33, 40, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("amount", "radius"), [(0.5, 1.0), (1.0, 1.5), (2.0, 3.0)])
def test_sharpened_pictures_equal_those_of_scipy(amount: float, radius: float) -> None:
    picture = _picture(3)
    ours = Unsharp(amount=amount, radius=radius)(picture)
    for plane, sharp in zip(picture.reshape(-1, 33, 40).double().numpy(), ours.reshape(-1, 33, 40), strict=True):
        smooth = ndimage.gaussian_filter(plane, radius, mode="mirror", truncate=4.0)
        assert np.abs(sharp.numpy() - (plane + amount * (plane - smooth))).max() < 2e-6


def test_sharpened_interior_equals_scikit_image() -> None:
    filters = pytest.importorskip("skimage.filters")
    picture = _picture()
    oracle = filters.unsharp_mask(picture[0, 0].double().numpy(), radius=1.5, amount=1.0, preserve_range=True)
    ours = Unsharp(amount=1.0, radius=1.5)(picture)[0, 0].numpy()
    assert np.abs(ours - np.asarray(oracle))[8:-8, 8:-8].max() < 2e-6


def test_details_below_the_threshold_are_left_alone_and_larger_ones_shrunk_by_it() -> None:
    step = torch.zeros(1, 1, 20, 20)
    step[..., 10:] = 0.5
    noisy = step + 0.002 * torch.randn(step.shape, generator=torch.Generator().manual_seed(0))
    gently = Unsharp(amount=1.0, threshold=0.02)(noisy)
    assert torch.equal(gently[..., :2], noisy[..., :2])
    raised = (Unsharp(amount=1.0)(noisy) - noisy)[..., 10].mean() - (gently - noisy)[..., 10].mean()
    assert float(raised) == pytest.approx(0.02, abs=1e-6)


def test_no_amount_changes_nothing() -> None:
    assert torch.equal(Unsharp(amount=0.0)(_picture(3)), _picture(3))
