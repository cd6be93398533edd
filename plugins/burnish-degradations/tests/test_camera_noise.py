"""Camera noise has the strength that was asked for, follows the light, and is correlated as real cameras' noise is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from burnish.ops.measures.correlation import noise_correlation
from burnish.ops.transfer import S_RGB
from burnish_degradations.camera_noise import CameraNoise, demosaiced, smoothed
from scipy import ndimage


def _noise(level: float, channels: int = 3, side: int = 256, **settings: float) -> torch.Tensor:
    clean = torch.full((1, channels, side, side), level)
    made = CameraNoise(**settings)(clean, torch.Generator().manual_seed(3))
    return (made.degraded - clean)[0].double()


@pytest.mark.parametrize("sigma", [0.01, 0.05])
@pytest.mark.parametrize("channels", [1, 3])
def test_at_mid_grey_the_deviation_is_sigma(sigma: float, channels: int) -> None:
    assert float(_noise(0.5, channels, sigma=sigma).std()) == pytest.approx(sigma, rel=0.05)  # the curve bends


def test_variance_of_the_light_is_proportional_to_the_light_where_all_of_it_is_shot_noise() -> None:
    variances = []
    for level in (0.2, 0.5, 0.9):
        light = float(S_RGB.to_light(torch.tensor(level)))
        values = _noise(level, sigma=0.01, shot=1.0) + level
        variances.append(float(S_RGB.to_light(values).var()) / light)
    assert max(variances) / min(variances) < 1.02


def test_neighbours_are_correlated_as_in_a_demosaiced_photograph() -> None:
    noise = _noise(0.5, sigma=0.02, smoothing=0.6)
    for channel in noise:
        beside = np.corrcoef(channel[:, :-1].ravel(), channel[:, 1:].ravel())[0, 1]
        far = np.corrcoef(channel[:, :-5].ravel(), channel[:, 5:].ravel())[0, 1]
        assert 0.4 < beside < 0.8
        assert abs(far) < 0.05
    found = noise_correlation((noise.mean(dim=0) + 0.5).float().numpy())
    assert found is not None
    assert found.across > 0.45


@pytest.mark.parametrize(("site", "code"), [((0, 0), cv2.COLOR_BayerRGGB2RGB), ((1, 0), cv2.COLOR_BayerGBRG2RGB)])
def test_interpolation_is_opencvs_bilinear_demosaicing(site: tuple[int, int], code: int) -> None:
    raw = np.random.default_rng(0).integers(0, 65536, (20, 24), dtype=np.uint16)
    wanted = cv2.cvtColor(raw, code).astype(np.float64)[2:-2, 2:-2]
    found = demosaiced(torch.from_numpy(raw.astype(np.float32)), site).permute(1, 2, 0).numpy()[2:-2, 2:-2]
    assert np.abs(found - wanted).max() <= 1.0  # OpenCV rounds


def test_smoothing_is_scipys_gaussian() -> None:
    planes = torch.randn(3, 40, 40, generator=torch.Generator().manual_seed(0))
    wanted = ndimage.gaussian_filter(planes.numpy(), (0, 0.7, 0.7), mode="constant", truncate=3.0 / 0.7)
    assert np.allclose(smoothed(planes, 0.7).numpy(), wanted, atol=1e-5)


def test_told_sigma_is_the_root_mean_square_and_zero_changes_nothing() -> None:
    clean = torch.rand(2, 3, 33, 31, generator=torch.Generator().manual_seed(0))
    made = CameraNoise(sigma=(0.01, 0.1))(clean, torch.Generator().manual_seed(1))
    rms = (made.degraded - clean).square().mean(dim=(1, 2, 3)).sqrt()
    assert torch.allclose(made.conditions["sigma"], rms)
    assert torch.equal(CameraNoise(sigma=0.0)(clean, torch.Generator().manual_seed(1)).degraded, clean)
