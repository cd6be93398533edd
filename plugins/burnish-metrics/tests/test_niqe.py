"""NIQE prefers photographs to distorted ones; its model is small, plain, and the fit's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish.io import read_clean
from burnish_metrics.niqe import Niqe, fit, shipped_model, store
from scipy import ndimage
from skimage import data


def _photograph() -> torch.Tensor:
    return torch.from_numpy(data.coffee()[:, :400]).permute(2, 0, 1)[None].float() / 255


def _distorted(clean: torch.Tensor) -> dict[str, torch.Tensor]:
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    blurred = torch.from_numpy(ndimage.gaussian_filter(clean.numpy(), (0, 0, 2, 2)))
    blocks = torch.nn.functional.interpolate(torch.nn.functional.avg_pool2d(clean, 4), scale_factor=4)
    return {"noise": clean + 0.1 * noise, "blur": blurred, "blocks": blocks}


def test_distorted_versions_of_a_photograph_score_worse_and_more_of_it_worse_still() -> None:
    clean = _photograph()
    original = Niqe()(clean).item()
    for name, distorted in _distorted(clean).items():
        half = Niqe()((clean + distorted) / 2).item()
        assert Niqe()(distorted).item() > original + 1, name
        assert half < Niqe()(distorted).item(), name


@pytest.mark.slow
def test_distorted_versions_of_cbsd68_score_worse(shared_data: Path) -> None:
    worse = total = 0
    for path in sorted((shared_data / "test" / "CBSD68").iterdir())[:12]:
        clean = read_clean(path)
        original = Niqe()(clean).item()
        for distorted in _distorted(clean).values():
            worse += Niqe()(distorted).item() > original
            total += 1
    assert worse >= 0.97 * total


def test_the_model_is_small_symmetric_and_positive() -> None:
    mean, covariance = shipped_model()
    assert mean.shape == (36,)
    assert covariance.shape == (36, 36)
    assert np.array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_a_fit_is_the_mean_and_covariance_of_the_sharp_blocks_and_is_stored_without_loss(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sharp = rng.uniform(0, 255, (96, 400))
    sharp[:, 200:] = 128 + 0.01 * (sharp[:, 200:] - 128)
    mean, covariance = fit([sharp], block=32)
    alone = fit([sharp[:, :192]], block=32)
    assert np.allclose(mean, alone[0], rtol=0.05, atol=0.02)
    assert covariance.shape == (36, 36)
    store(tmp_path / "model.npz", mean, covariance)
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["mean"], mean)
        assert np.array_equal(arrays["covariance"], covariance)


def test_the_score_of_the_models_own_statistics_is_the_distance_formula() -> None:
    """A picture of one block: (μ − ν)ᵀ (T/2)⁺ (μ − ν)."""
    from burnish_metrics.natural_scene_statistics import features

    grey = _photograph()[:, 1:2, :96, :96]
    mean, covariance = shipped_model()
    apart = features(np.round(grey[0, 0].double().numpy() * 255), 96)[0][0] - mean
    wanted = np.sqrt(apart @ np.linalg.solve(covariance / 2, apart))
    assert Niqe()(grey).item() == pytest.approx(float(wanted), rel=1e-6)


def test_a_picture_smaller_than_a_block_is_refused() -> None:
    with pytest.raises(EvaluationError, match="95×300 is smaller than a block of 96×96"):
        Niqe()(torch.zeros(1, 3, 95, 300))
