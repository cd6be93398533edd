"""The restorer that finds the blur itself."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import ConfigError
from burnish.inference import load_restorer, read_kernel, restore
from burnish.inference.pictures import restore_picture_detailed
from burnish.io import read_clean, read_picture
from burnish.ops.luma import luma
from burnish.restorer.notes import hearing
from burnish_deconvolution.blind import estimator
from burnish_deconvolution.blind.confidence import Confidence
from burnish_deconvolution.blind.estimator import Blind, FoundBlur, automatic_size, find_blur, grey_of
from burnish_deconvolution.blind.pyramid import Estimation
from scipy import ndimage

QUICK: dict[str, Any] = {"kernel_size": 11, "iterations": 3, "refinements": 1}
Photographed = Callable[[torch.Tensor], torch.Tensor]
HOW = Estimation(iterations=2, refinements=0)
TRUSTED = Confidence(gain=0.3, radius=3.0, agreement=0.9, ringing=0.03, outside=0.0, text=False)


def error(estimate: torch.Tensor, scene: torch.Tensor) -> float:
    """Least squared error against the scene over shifts of at most 2 pixels; SciPy's valid part begins at 4, 4."""
    inner = scene[16:-16, 16:-16]
    shifts = range(10, 15)
    return min(float((estimate[y : y + 96, x : x + 96] - inner).square().mean()) for y in shifts for x in shifts)


def test_a_blurred_picture_comes_nearer_to_the_scene(
    photographed: Photographed, hook: torch.Tensor, rectangles: torch.Tensor
) -> None:
    degraded = photographed(hook)[None, None]
    estimate = Blind(**QUICK)(degraded)
    assert estimate.shape == degraded.shape
    assert error(estimate[0, 0], rectangles) < 0.4 * error(degraded[0, 0], rectangles)


def test_the_estimate_is_that_of_the_solver_with_the_found_kernel(
    photographed: Photographed, hook: torch.Tensor
) -> None:
    degraded = photographed(hook)[None, None, :60, :60]
    blind = Blind(solver="deconvolution/wiener", solver_config={"balance": 5.0}, mistrust=0.0, force=True, **QUICK)
    blur = find_blur(degraded[0], kernel_size=11, how=blind.how)
    wiener = load_restorer("deconvolution/wiener", {"balance": 5.0}, device="cpu")
    told = {"kernel": blur.kernel[None], "sigma": torch.tensor([blur.sigma])}
    assert torch.allclose(blind(degraded), restore(wiener, degraded, told), atol=1e-6)


@pytest.mark.parametrize(
    ("confidence", "doubtful", "told"),
    [
        (TRUSTED, False, None),
        (replace(TRUSTED, ringing=0.4), True, "its blur was not found with confidence (the estimate rings, 0.40)"),
        (replace(TRUSTED, radius=0.5), False, "no blur was found in it"),
        (None, False, "no blur was found in it"),
    ],
)
def test_a_blur_that_is_not_trusted_is_told_and_undone_only_by_force(
    monkeypatch: pytest.MonkeyPatch,
    photographed: Photographed,
    hook: torch.Tensor,
    confidence: Confidence | None,
    doubtful: bool,
    told: str | None,
) -> None:
    degraded = photographed(hook)[None, None, :60, :60]
    blur = FoundBlur(kernel=hook, sigma=0.004, confidence=confidence)
    monkeypatch.setattr(estimator, "find_blur", lambda *_, **__: blur)
    with hearing() as heard:
        kept = Blind()(degraded)
    assert torch.equal(kept, degraded) == (told is not None)
    assert heard.doubtful == doubtful
    assert heard.notes == (
        () if told is None else (f"{told}, so it is returned as it is; --force returns the estimate",)
    )
    with hearing() as heard:
        assert not torch.equal(Blind(force=True)(degraded), degraded)
    assert heard.doubtful == doubtful


def test_a_part_that_moved_otherwise_stays_as_it_is_and_only_force_changes_it(
    monkeypatch: pytest.MonkeyPatch, rectangles: torch.Tensor
) -> None:
    along, wide = torch.zeros(15, 15), torch.cat([rectangles, rectangles.flip(1)], dim=1)
    along[7, 1:14] = 1.0 / 13.0
    blurred, across = (
        torch.from_numpy(ndimage.convolve(wide.numpy(), kernel.numpy(), mode="mirror")) for kernel in (along, along.T)
    )
    blurred[:, 200:] = across[:, 200:]
    degraded = blurred[None, None]
    blur = FoundBlur(kernel=along, sigma=0.004, confidence=TRUSTED)
    monkeypatch.setattr(estimator, "find_blur", lambda *_, **__: blur)
    with hearing() as heard:
        mixed = Blind()(degraded)
    (told,) = heard.notes
    assert "of it is left as it is, where another blur than elsewhere makes the estimate implausible" in told
    assert not heard.doubtful
    forced = Blind(force=True)(degraded)
    assert torch.equal(mixed[..., 225:], degraded[..., 225:])
    assert not torch.equal(forced[..., 225:], degraded[..., 225:])
    assert float((mixed - forced)[..., :100].abs().mean()) < 0.002


def test_a_picture_of_which_most_moved_otherwise_is_doubted(
    monkeypatch: pytest.MonkeyPatch, rectangles: torch.Tensor
) -> None:
    along = torch.zeros(15, 15)
    along[7, 1:14] = 1.0 / 13.0
    degraded = torch.from_numpy(ndimage.convolve(rectangles.numpy(), along.T.numpy(), mode="mirror"))[None, None]
    blur = FoundBlur(kernel=along, sigma=0.004, confidence=TRUSTED)
    monkeypatch.setattr(estimator, "find_blur", lambda *_, **__: blur)
    with hearing() as heard:
        assert torch.equal(Blind()(degraded), degraded)
    assert heard.doubtful


def test_a_sharp_picture_comes_back_as_it_is(rectangles: torch.Tensor) -> None:
    noise = 0.004 * torch.randn(rectangles.shape, generator=torch.Generator().manual_seed(2))
    sharp = (rectangles + noise)[None, None, :80, :80]
    with hearing() as heard:
        assert torch.equal(Blind(**QUICK)(sharp), sharp)
    assert len(heard.notes) == 1


def test_colour_pictures_have_one_kernel_from_their_luma(photographed: Photographed, hook: torch.Tensor) -> None:
    grey = photographed(hook)[None, :64, :64]
    colours = torch.cat([grey * 0.9, grey, grey * 0.7])
    found = find_blur(colours, kernel_size=9, how=HOW)
    assert torch.equal(found.kernel, find_blur(grey_of(colours)[None], kernel_size=9, how=HOW).kernel)
    assert torch.allclose(grey_of(colours) * 219 + 16, luma(colours[None])[0, 0] * 255, atol=1e-3)


def test_pictures_of_a_batch_are_restored_as_each_alone(photographed: Photographed, hook: torch.Tensor) -> None:
    first = photographed(hook)[None, None, :64, :64]
    second = photographed(hook.mT.contiguous())[None, None, :64, :64]
    blind = Blind(kernel_size=9, iterations=2, refinements=0, force=True)
    both = blind(torch.cat([first, second]))
    assert torch.equal(both[1:], blind(second))
    assert torch.equal(both[:1], blind(first))


def test_a_picture_too_small_to_tell_a_blur_counts_as_sharp() -> None:
    blur = find_blur(torch.rand(3, 16, 40))
    assert torch.equal(blur.kernel, torch.ones(1, 1))
    assert not blur.blurred


def test_the_automatic_size_is_odd_and_grows_with_the_picture_up_to_a_bound() -> None:
    assert [automatic_size(torch.empty(side, 900)) for side in (64, 255, 640, 4000)] == [9, 31, 41, 41]


def test_an_even_kernel_size_is_refused_with_the_next_odd_one() -> None:
    with pytest.raises(ConfigError, match="give 13"):
        Blind(kernel_size=12)


def test_a_solver_that_takes_no_kernel_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="classical/nlm: needs sigma"):
        Blind(solver="classical/nlm", **QUICK)(torch.rand(1, 1, 16, 16))


@pytest.mark.slow
def test_the_kernel_of_a_real_capture_is_found(
    shared_data: Path, likeness: Callable[[torch.Tensor, torch.Tensor], float]
) -> None:
    degraded = read_clean(shared_data / "deblur/levin/im1_kernel7.png", "grey")
    true = read_kernel(shared_data / "kernels/levin09/kernel7.npy").flip(1, 2)
    blur = find_blur(degraded[0])
    assert likeness(blur.kernel, true[0]) > 0.85
    assert 0.001 < blur.sigma < 0.01
    assert blur.confident


@pytest.mark.long
def test_a_shaken_street_becomes_sharp_and_a_woman_who_walks_there_stays_as_she_is(shared_data: Path) -> None:
    (degraded,), (clean,) = (
        [read_picture(path) for path in (shared_data / "deblur/gopro_pair" / kind).iterdir()]
        for kind in ("blur", "sharp")
    )
    done = restore_picture_detailed(load_restorer("deconvolution/blind", device="cpu"), degraded)
    pixels = {"degraded": degraded, "done": done.picture, "clean": clean}
    values = {name: picture.pixels / 255.0 for name, picture in pixels.items()}

    def gain(place: tuple[slice, slice]) -> float:
        before, after = (np.mean((values[name][place] - values["clean"][place]) ** 2) for name in ("degraded", "done"))
        return float(10.0 * np.log10(before / after))

    assert gain((slice(None), slice(None))) > 2.5
    assert gain((slice(320, 560), slice(660, 750))) > -0.5
    assert not done.doubtful
    assert any("is left as it is" in note for note in done.notes)
