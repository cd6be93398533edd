"""Back-projection explains its frames, gains by every one of them, and is not led astray by what moved."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from burnish.conformance import Check, conform
from burnish.io import list_pictures, read_clean
from burnish.ops.resampling import resize
from burnish_super_resolution.iterative_back_projection import IterativeBackProjection, doubted, registered
from torch import Tensor

PLACES = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (-1.0, 2.0), (2.0, -1.0), (-1.5, -0.5), (0.5, 1.5)]
"""Where the frames are taken, in pixels of the fine picture (right, down)."""


@conform("super-resolution/iterative-back-projection", config={"iterations": 3})
def test_iterative_back_projection_conforms(check: Check) -> None:
    check()


@conform("super-resolution/iterative-back-projection", config={"scale": 3, "fusion": "mean", "iterations": 2})
def test_plain_back_projection_by_three_conforms(check: Check) -> None:
    check()


def _scene(right: float = 0.0, down: float = 0.0, *, channels: int = 1, side: int = 96) -> Tensor:
    """Crossing waves, the finest of 3 pixels, and slow ones to register by."""
    generator = torch.Generator().manual_seed(0)
    y, x = torch.arange(side)[:, None] + down, torch.arange(side)[None, :] + right
    total = torch.zeros(channels, side, side)
    for _ in range(24):
        drawn = torch.rand(3 + channels, generator=generator)
        frequency = 2 * math.pi / (3 + 25 * drawn[0])
        wave = torch.sin(frequency * (torch.cos(6.3 * drawn[1]) * x + torch.sin(6.3 * drawn[1]) * y) + 6.3 * drawn[2])
        total += wave * (0.3 + drawn[3:, None, None])
    return 0.5 + 0.04 * total


def _burst(scale: int = 2, *, channels: int = 1, frames: int = 8) -> tuple[Tensor, Tensor]:
    seen = [_scene(right, down, channels=channels) for right, down in PLACES[:frames]]
    return resize(torch.stack(seen), 1 / scale)[None], seen[0][None]


def _psnr(estimate: Tensor, clean: Tensor, border: int = 8) -> float:
    inside = (..., slice(border, -border), slice(border, -border))
    return -10 * math.log10(float((estimate - clean)[inside].double().square().mean()))


@pytest.mark.parametrize("channels", [1, 3])
def test_eight_frames_gain_much_and_one_gains_some_over_bicubic(channels: int) -> None:
    frames, clean = _burst(channels=channels)
    bicubic = _psnr(resize(frames[:, 0], 2.0), clean)
    alone = _psnr(IterativeBackProjection()(frames[:, :1]), clean)
    together = _psnr(IterativeBackProjection()(frames), clean)
    assert alone > bicubic + 0.5
    assert together > bicubic + 6


@pytest.mark.parametrize("scale", [3, 4])
def test_larger_factors_gain_too(scale: int) -> None:
    frames, clean = _burst(scale)
    assert _psnr(IterativeBackProjection(scale=scale)(frames), clean) > _psnr(resize(frames[:, 0], scale), clean) + 1.5


def test_the_estimate_explains_a_single_frame() -> None:
    frames, _ = _burst(frames=1)
    again = resize(IterativeBackProjection(iterations=40)(frames), 0.5)
    assert float((again - frames[:, 0])[..., 3:-3, 3:-3].abs().max()) < 0.005


def test_motion_and_exposure_are_found_in_the_direction_of_the_views() -> None:
    frames, _ = _burst()
    gains = torch.linspace(1.0, 1.2, 8).view(8, 1, 1, 1)
    alike, flows = registered(frames[0] * gains)
    assert float((flows.mean((2, 3)) - torch.tensor(PLACES) / 2).abs().max()) < 0.05
    assert float((alike.mean((1, 2, 3)) / frames[0].mean((1, 2, 3)) - 1).abs().max()) < 0.01


def test_what_stands_in_some_frames_alone_is_left_out() -> None:
    frames, clean = _burst()
    frames = frames.clone()
    frames[:, 3, :, 10:22, 12:24] = 0.95
    frames[:, 5, :, 20:32, 12:24] = 0.05
    robust, mean = (IterativeBackProjection(fusion=fusion)(frames) for fusion in ("robust", "mean"))  # type: ignore[arg-type]
    assert _psnr(robust, clean) > _psnr(resize(frames[:, 0], 2.0), clean) + 4
    assert _psnr(robust, clean) > _psnr(mean, clean) + 8


def test_small_differences_count_in_full_and_wild_ones_hardly() -> None:
    differences = 0.01 * torch.randn(10_001, generator=torch.Generator().manual_seed(0))
    differences[0] = 1.0
    counted = doubted(differences)
    small = differences.abs() < 0.004
    assert torch.allclose(counted[small], differences[small], rtol=0.02)
    assert 0 < float(counted[0]) < 0.005


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "bicubic", "least"), [(2, 33.66, 34.8), (3, 30.39, 31.2), (4, 28.42, 29.1)])
def test_a_single_picture_of_set5_gains_a_decibel(shared_data: Path, scale: int, bicubic: float, least: float) -> None:
    scores = []
    for path in list_pictures(shared_data / "test" / "Set5"):
        luma = read_clean(path, "y")
        clean = luma[..., : luma.shape[2] // scale * scale, : luma.shape[3] // scale * scale]
        small = resize(clean, 1 / scale)
        pair = resize(small, float(scale)), IterativeBackProjection(scale=scale)(small[:, None])
        scores.append([_psnr((x.clamp(0, 1) * 255).round() / 255, clean, scale) for x in pair])
    means = torch.tensor(scores).mean(0).tolist()
    assert means[0] == pytest.approx(bicubic, abs=0.02)
    assert means[1] > least
