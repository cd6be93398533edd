"""The second-order degradation does each of its parts as drawn; its kernels are those of their formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from burnish_degradations.blur.gaussian_blur import gaussian_kernel
from burnish_degradations.real_world.chain import RealWorld
from burnish_degradations.real_world.kernels import SIDE, bell_kernel, sinc_kernel
from burnish_degradations.real_world.stage import noisy, resized

MILD: dict[str, Any] = {
    "width": 0.05, "second_width": 0.05, "resize": 1.0, "second_resize": 1.0, "noise": 0.0, "second_noise": 0.0,
    "shot": 0.0, "second_shot": 0.0, "quality": 100, "second_quality": 100,
}  # fmt: skip


def _clean(count: int = 6, side: int = 50) -> torch.Tensor:
    place = torch.linspace(0, 6, side)
    smooth = 0.5 + 0.2 * torch.sin(place)[:, None] * torch.cos(place)
    return smooth.expand(count, 3, side, side).contiguous()


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_pictures_end_up_smaller_by_the_scale_in_8_bit_levels(scale: int) -> None:
    made = RealWorld(scale=scale)(_clean(), _generator())
    side = 50 // scale
    assert made.degraded.shape == (6, 3, side, side)
    assert torch.equal(made.target, _clean()[..., : side * scale, : side * scale])
    assert torch.allclose(made.degraded * 255, (made.degraded * 255).round(), atol=1e-4)
    assert made.conditions == {"scale": scale}


def test_with_mild_settings_a_smooth_picture_survives() -> None:
    made = RealWorld(scale=1, **MILD)(_clean(20), _generator())
    error = (made.degraded - made.target)[..., 6:-6, 6:-6].abs().amax(dim=(1, 2, 3))
    assert float(error.max()) < 0.05


def test_stronger_settings_do_more_harm() -> None:
    def harm(**settings: Any) -> float:
        made = RealWorld(scale=1, **{**MILD, **settings})(_clean(12), _generator())
        return float((made.degraded - made.target).square().mean())

    mild = harm()
    assert harm(noise=0.1, shot=5.0) > 3 * mild
    assert harm(quality=5) > 2 * mild
    assert harm(width=6.0) > 1.5 * mild
    assert harm(resize=0.1) > 1.5 * mild


def test_draws_have_the_papers_proportions() -> None:
    drawn = RealWorld().draw((4000, 3, 8, 8), _generator())
    first, second, last = (drawn[part] for part in ("first", "second", "last"))
    assert "none" not in first["kernel"]
    shares = {
        0.1: np.mean([kind == "sinc" for kind in first["kernel"]]),
        0.2: np.mean([kind == "none" for kind in second["kernel"]]),
        0.4: np.mean(first["grey"]),
        0.5: np.mean(first["counted"]),
        0.7: np.mean([factor < 1 for factor in first["resize"]]),
        0.3: np.mean([factor == 1 for factor in second["resize"]]),
        0.8: np.mean([cutoff > 0 for cutoff in last["cutoff"]]),
    }
    assert list(shares) == pytest.approx(list(shares.values()), abs=0.03)
    assert 0.15 <= min(first["resize"]) < 0.2
    assert 1.45 < max(first["resize"]) <= 1.5
    assert {round(quality) for quality in first["quality"]} == set(range(30, 96))


def test_bells_are_the_gaussian_the_laplacian_like_and_the_plateau_of_their_formulas() -> None:
    gaussian = bell_kernel("gaussian", (2.0, 1.0), 30.0, 1.0)
    assert np.allclose(gaussian.numpy(), gaussian_kernel(SIDE // 2, 2.0, 0.5, 30.0), atol=1e-12)
    assert torch.allclose(bell_kernel("generalised", (2.0, 1.0), 30.0, 1.0), gaussian)
    plateau = bell_kernel("plateau", (3.0, 3.0), 0.0, 2.0)
    middle = SIDE // 2
    assert float(plateau[middle, middle] / plateau[middle, middle + 3]) == pytest.approx(2.0)
    assert float(plateau[middle, middle] / plateau[middle, middle + 6]) == pytest.approx(17.0)


@pytest.mark.parametrize("cutoff", [math.pi / 3, 2.0, math.pi])
def test_the_sinc_passes_what_is_slower_than_its_cutoff_and_stops_the_rest(cutoff: float) -> None:
    response = torch.fft.fft2(sinc_kernel(cutoff), s=(256, 256)).abs()
    frequency = 2 * math.pi * torch.fft.fftfreq(256).abs()
    radius = torch.hypot(frequency[:, None], frequency)
    assert float((response[radius < 0.7 * cutoff] - 1).abs().max()) < 0.15
    stopped = response[radius > 1.35 * cutoff]
    assert stopped.numel() == 0 or float(stopped.max()) < 0.15


def test_grey_noise_is_the_same_in_all_channels_and_counted_noise_grows_with_brightness() -> None:
    drawn: dict[str, Any] = {"seed": 1, "sigma": 0.05, "shot": 2.0, "counted": False, "grey": True}
    flat = torch.full((3, 120, 120), 0.5)
    grey = noisy(flat, drawn) - flat
    assert torch.allclose(grey[0], grey[2])
    assert float(grey.std()) == pytest.approx(0.05, rel=0.05)
    counted = noisy(flat, {**drawn, "counted": True, "grey": False}) - flat
    assert float(counted.var()) == pytest.approx(4 * 0.5 / 255, rel=0.1)
    assert not torch.equal(counted[0], counted[1])


def test_area_resizing_by_a_whole_factor_averages_blocks() -> None:
    picture = torch.rand(3, 12, 18, generator=_generator())
    blocks = picture.reshape(3, 4, 3, 6, 3).mean(dim=(2, 4))
    assert torch.allclose(resized(picture, (4, 6), "area"), blocks, atol=1e-6)
