"""PSNR up to a shift and the error ratio, against trying every shift one by one."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.error_ratio import ErrorRatio
from burnish_metrics.fidelity.psnr import Psnr
from burnish_metrics.fidelity.psnr_shifted import PsnrShifted
from burnish_metrics.fidelity.shifting import least_error
from PIL import Image
from scipy import ndimage, signal


def _pictures(seed: int, channels: int = 3, size: tuple[int, int] = (52, 61), blur: float = 1.5) -> torch.Tensor:
    noise = np.random.default_rng(seed).uniform(-1, 2, (1, channels, *size))
    return torch.from_numpy(np.clip(ndimage.gaussian_filter(noise, (0, 0, blur, blur)), 0, 1)).float()


def _levels(picture: torch.Tensor) -> np.ndarray:
    return np.floor(picture[0].permute(1, 2, 0).double().numpy() * 255 + 0.5)


def test_the_best_of_all_whole_shifts_is_found() -> None:
    for seed in range(6):
        clean = _pictures(seed)
        estimate = torch.roll(clean, (seed - 3, 5 - seed), (2, 3)) + 0.05 * _pictures(seed + 50)
        x, y = _levels(estimate.clamp(0, 1)), _levels(clean)
        tried = min(
            np.square(x[15 + down : 37 + down, 15 + right : 46 + right] - y[15:37, 15:46]).mean()
            for down, right in itertools.product(range(-5, 6), repeat=2)
        )
        assert least_error("m", x, y, 1.0) == pytest.approx(tried, rel=1e-9)


@pytest.mark.parametrize("step", [0.5, 0.25])
def test_shifts_between_pixels_are_scipys_linear_ones(step: float) -> None:
    clean = _pictures(2, 1)
    x = _levels(torch.from_numpy(ndimage.shift(clean.numpy(), (0, 0, 2.3, -1.6), order=3, mode="nearest")).clamp(0, 1))
    y = _levels(clean)
    shifts = np.arange(-5, 5 + step / 2, step)
    tried = min(
        np.square(ndimage.shift(x, (-down, -right, 0), order=1)[15:-15, 15:-15] - y[15:-15, 15:-15]).mean()
        for down, right in itertools.product(shifts, repeat=2)
    )
    assert least_error("m", x, y, step) == pytest.approx(tried, rel=1e-6)
    assert least_error("m", x, y, step) < least_error("m", x, y, 1.0)


@pytest.mark.parametrize("shift", [(0, 0), (5, -5), (-4, 2)])
def test_a_shifted_picture_is_equal_and_one_shifted_farther_is_not(shift: tuple[int, int]) -> None:
    clean = _pictures(0)
    assert PsnrShifted()(torch.roll(clean, shift, (2, 3)), clean).item() == math.inf
    assert PsnrShifted()(torch.roll(clean, (shift[0] + 11, 0), (2, 3)), clean).item() < 40


def test_it_is_never_below_psnr_inside_the_same_border() -> None:
    for seed in range(5):
        clean, estimate = _pictures(seed), _pictures(seed) * 0.9 + 0.1 * _pictures(seed + 9)
        assert PsnrShifted()(estimate, clean).item() >= Psnr(border=15)(estimate, clean).item() - 1e-9


def test_one_level_of_error_everywhere_has_the_closed_form() -> None:
    clean = torch.full((1, 1, 255, 255), 0.5)
    assert PsnrShifted()(clean + 1 / 255, clean).item() == pytest.approx(20 * math.log10(255), abs=1e-6)


@pytest.mark.parametrize(("step", "least"), [(1.0, 37.7), (0.25, 40.0)])
def test_levins_photographs_are_their_truth_blurred_by_their_kernels_but_for_a_shift(
    shared_data: Path, step: float, least: float
) -> None:
    """The stored kernels are correlation kernels; the camera moved the pictures by up to a few pixels.

    The least of all sixteen are 37.78 dB (im3, kernel 1) and 40.01 dB (im3, kernel 8).
    """
    folder = shared_data / "deblur" / "levin"
    found = []
    for blurred in sorted(folder.glob("im*_kernel*.png")):
        truth, kernel = blurred.stem.split("_")
        taps = np.load(shared_data / "kernels" / "levin09" / f"{kernel}.npy")
        made = signal.correlate2d(_grey(folder / "gt" / f"{truth}.png"), taps, mode="same", boundary="symm")
        pair = [torch.from_numpy(picture)[None, None] for picture in (made, _grey(blurred))]
        found.append((PsnrShifted(step=step)(*pair).item(), Psnr(border=15)(*pair).item()))
    if not found:
        pytest.skip("no pictures of Levin's in the benchmark data")
    assert min(found)[0] > least
    assert min(unshifted for _, unshifted in found) < 30


def _grey(path: Path) -> np.ndarray:
    return np.array(Image.open(path).convert("L")).astype(np.float64) / 255


def test_the_error_ratio_is_the_quotient_of_both_least_errors() -> None:
    clean = _pictures(1)
    known, blind = clean + 0.02 * _pictures(7), torch.roll(clean, 3, 2) + 0.06 * _pictures(8)
    ratio = ErrorRatio(rounding="none")(blind, torch.stack([clean, known], dim=1)).item()
    mine = PsnrShifted(rounding="none")
    wanted = 10 ** ((mine(known, clean).item() - mine(blind, clean).item()) / 10)
    assert ratio == pytest.approx(wanted, rel=1e-6)


def test_ratios_of_nothing_are_defined() -> None:
    clean, other = _pictures(1), _pictures(2)
    both = torch.stack([clean, clean], dim=1)
    assert ErrorRatio()(clean, both).item() == 1.0
    assert ErrorRatio()(other, both).item() == math.inf
    assert ErrorRatio()(clean, torch.stack([clean, other], dim=1)).item() == 0.0


def test_small_pictures_and_other_references_are_refused() -> None:
    with pytest.raises(EvaluationError, match="nothing is left of 30×90 inside a crop of 15"):
        PsnrShifted()(torch.zeros(1, 1, 30, 90), torch.zeros(1, 1, 30, 90))
    with pytest.raises(EvaluationError, match="N×2×C×H×W"):
        ErrorRatio()(torch.zeros(1, 1, 40, 40), torch.zeros(1, 1, 40, 40))
