"""Trials on the picture itself rank restorers as the clean picture does."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from burnish.inference import load_restorer, restore
from burnish.planning import trials
from burnish.planning.plan import MOST, decibels


@pytest.fixture(scope="module")
def clean(shared_data: Path) -> torch.Tensor:
    pixels = cv2.cvtColor(cv2.imread(str(shared_data / "test/Kodak/kodim05.png")), cv2.COLOR_BGR2RGB)
    return torch.from_numpy(pixels[128:320, 256:448].copy()).permute(2, 0, 1)[None].float() / 255


def psnr(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(-10 * torch.log10((one.clamp(0, 1) - other).square().mean()))


def compressed(picture: torch.Tensor, quality: int) -> torch.Tensor:
    pixels = (picture[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))
    return torch.from_numpy(decoded).permute(2, 0, 1)[None].float() / 255


def test_stein_s_estimate_of_the_gain_is_near_the_true_one(clean: torch.Tensor) -> None:
    noisy = clean + 0.1 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    told: dict[str, object] = {"sigma": 0.1}
    for name in ("classical/bilateral", "classical/nlm", "classical/total-variation", "classical/bm3d"):
        loaded = load_restorer(name, device="cpu")
        estimated = trials.gain_by_stein(loaded, noisy=noisy, sigma=0.1, told=told)
        true = psnr(loaded(noisy, sigma=0.1), clean) - psnr(noisy, clean)
        assert estimated == pytest.approx(true, abs=0.6), name


def test_a_restorer_that_changes_nothing_gains_nothing(clean: torch.Tensor) -> None:
    loaded = load_restorer("burnish/identity", device="cpu")
    assert trials.gain_by_stein(loaded, noisy=clean, sigma=0.1, told={}) == pytest.approx(0.0, abs=0.01)
    assert trials.gain_by_compressing(loaded, picture=clean, quality=20, told={}) == 0.0


def test_a_gain_that_stein_s_estimate_cannot_tell_is_not_boasted_of(clean: torch.Tensor) -> None:
    flat = torch.full_like(clean, 0.5)
    noisy = flat + 0.1 * torch.randn(flat.shape, generator=torch.Generator().manual_seed(1))
    perfect = load_restorer("classical/bm3d", device="cpu")
    gain = trials.gain_by_stein(perfect, noisy=noisy, sigma=0.1, told={"sigma": 0.1})
    assert gain > 9.0
    assert decibels(max(gain, MOST)) == "12 dB or more"


def test_beyond_what_it_can_tell_the_better_restorer_is_still_before_the_worse(clean: torch.Tensor) -> None:
    noisy = clean + 0.1 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    gains = {}
    for name in ("classical/bilateral", "classical/nlm", "classical/bm3d"):
        loaded = load_restorer(name, device="cpu")
        true = psnr(restore(loaded, noisy, {"sigma": 0.1}), clean)
        gains[true] = trials.gain_by_stein(loaded, noisy=noisy, sigma=0.14, told={"sigma": 0.1})  # σ is badly known
    assert min(gains.values()) > MOST
    assert [gains[true] for true in sorted(gains)] == sorted(gains.values())


@pytest.mark.parametrize("sigma", [0.1, 0.2])
def test_where_black_cuts_noise_off_the_restorers_are_ranked_as_the_truth_does(
    clean: torch.Tensor, sigma: float
) -> None:
    dark = (clean - 0.25).clamp(0, 1)
    noisy = (dark + sigma * torch.randn(dark.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    gains = {}
    for name in ("classical/median", "classical/bilateral", "classical/guided-filter", "classical/bm3d"):
        loaded = load_restorer(name, device="cpu")
        true = psnr(restore(loaded, noisy, {"sigma": sigma}), dark) - psnr(noisy, dark)
        gains[true] = trials.gain_by_stein(loaded, noisy=noisy, sigma=sigma, told={"sigma": sigma})
    assert max(gains) > 0.5 + sorted(gains)[-2], "one is clearly the best"
    assert gains[max(gains)] == max(gains.values())


def test_the_trial_of_compression_ranks_as_the_truth_does(clean: torch.Tensor) -> None:
    coded = compressed(clean, 15)
    gains = {}
    for name, told in {"classical/total-variation": {"sigma": 0.02}, "classical/median": {}}.items():
        loaded = load_restorer(name, device="cpu")
        true = psnr(loaded(coded, **told), clean) - psnr(coded, clean)
        gains[name] = (trials.gain_by_compressing(loaded, picture=coded, quality=15, told=dict(told)), true)
    best = max(gains, key=lambda name: gains[name][0])
    assert best == max(gains, key=lambda name: gains[name][1])


def test_bicubic_interpolation_enlarges_no_better_than_itself(clean: torch.Tensor) -> None:
    loaded = load_restorer("classical/bicubic", {"scale": 2}, device="cpu")
    assert trials.gain_by_reducing(loaded, picture=clean, scale=2, told={}) == pytest.approx(0.0, abs=1e-3)
