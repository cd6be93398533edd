"""PSNR-B against closed forms, torchmetrics and what JPEG does."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.fidelity.psnr import Psnr
from burnish_metrics.fidelity.psnr_b import PsnrB, blocking
from scipy.ndimage import gaussian_filter
from torchmetrics.functional.image import peak_signal_noise_ratio_with_blocked_effect


def _smooth(size: tuple[int, int] = (96, 128)) -> np.ndarray:
    return np.clip(gaussian_filter(np.random.default_rng(0).uniform(-900, 1100, size), 3), 0, 255)


def _tensor(levels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.round(levels) / 255).float()[None, None]


def _steps(height: int, width: int) -> np.ndarray:
    """Every block of 8×8 is 8 levels brighter than the one to its left and above."""
    return 8.0 * (np.arange(height)[:, None] // 8 + np.arange(width) // 8)


def test_steps_between_blocks_count_with_the_closed_form() -> None:
    """Seven edges of 32 pixels and three of 64, each of 8² squared levels, over 2·32·64/8 − 2 neighbours."""
    edges = 64 * (7 * 32 + 3 * 64) / (2 * 32 * 64 / 8 - 2)
    assert blocking(_steps(32, 64)) == pytest.approx(edges * math.log2(8) / math.log2(32))
    assert blocking(_steps(32, 64)[4:, 4:]) == 0.0


def test_without_blocks_it_is_psnr_of_luma() -> None:
    clean = _tensor(_smooth())
    noisy = _tensor(_smooth() + np.where(np.arange(128) % 8 == 3, 6, 0))
    assert blocking(np.round(noisy[0, 0].double().numpy() * 255)) == 0.0
    assert PsnrB()(noisy, clean).item() == pytest.approx(Psnr(border=0)(noisy, clean).item(), abs=1e-9)


def test_colour_is_judged_by_luma() -> None:
    clean = _tensor(_steps(32, 32))
    other = _tensor(_steps(32, 32) + np.arange(32) % 3)
    colour = PsnrB(rounding="none")(other.expand(1, 3, 32, 32), clean.expand(1, 3, 32, 32)).item()
    assert colour == pytest.approx(PsnrB(rounding="none")(other, clean).item(), abs=1e-9)


@pytest.mark.parametrize("quality", [5, 15, 40])
def test_jpeg_agrees_with_torchmetrics(quality: int) -> None:
    levels = np.round(_smooth((256, 256))).astype(np.uint8)
    decoded = cv2.imdecode(cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    estimate, clean = _tensor(decoded), _tensor(levels)
    ours = PsnrB()(estimate, clean).item()
    pair = [(picture.double() * 255).round() for picture in (estimate, clean)]
    oracle = peak_signal_noise_ratio_with_blocked_effect(*pair, data_range=255.0)
    assert ours == pytest.approx(float(oracle), abs=1e-6)
    assert ours < Psnr(border=0)(estimate, clean).item()


def test_a_smoothed_jpeg_gains_more_in_psnr_b_than_in_psnr() -> None:
    levels = np.round(_smooth((256, 256))).astype(np.uint8)
    decoded = cv2.imdecode(cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, 8])[1], cv2.IMREAD_GRAYSCALE)
    smooth, blocky, clean = _tensor(gaussian_filter(decoded.astype(float), 2)), _tensor(decoded), _tensor(levels)
    gain = PsnrB()(smooth, clean).item() - PsnrB()(blocky, clean).item()
    assert gain > Psnr(border=0)(smooth, clean).item() - Psnr(border=0)(blocky, clean).item() + 0.3


def test_equal_pictures_score_infinity_unless_they_are_blocks_themselves() -> None:
    flat = torch.full((1, 1, 32, 32), 0.5)
    assert PsnrB()(flat, flat).item() == math.inf
    blocks = _tensor(_steps(32, 32))
    wanted = 10 * math.log10(255**2 / blocking(_steps(32, 32)))
    assert PsnrB()(blocks, blocks).item() == pytest.approx(wanted, abs=1e-4)


def test_a_picture_of_one_block_is_refused() -> None:
    with pytest.raises(EvaluationError, match="8×90 does not contain two blocks"):
        PsnrB()(torch.zeros(1, 1, 8, 90), torch.zeros(1, 1, 8, 90))
