"""The restorer that finds the blur itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.errors import ConfigError
from burnish.inference import load_restorer, read_kernel, restore
from burnish.io import read_clean
from burnish.ops.luma import luma
from burnish_deconvolution.blind.estimator import Blind, automatic_size, estimate_kernel, grey_of, trimmed
from burnish_deconvolution.blind.pyramid import Estimation

QUICK: dict[str, Any] = {"kernel_size": 11, "iterations": 3, "refinements": 1}
Photographed = Callable[[torch.Tensor], torch.Tensor]
HOW = Estimation(iterations=2, starts=(1.0,), refinements=0)


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
    blind = Blind(solver="deconvolution/wiener", solver_config={"balance": 5.0}, mistrust=0.0, **QUICK)
    kernel, sigma = estimate_kernel(degraded, kernel_size=11, how=blind.how)
    wiener = load_restorer("deconvolution/wiener", {"balance": 5.0}, device="cpu")
    expected = restore(wiener, degraded, {"kernel": trimmed(kernel), "sigma": sigma})
    assert torch.allclose(blind(degraded), expected, atol=1e-6)


def test_colour_pictures_have_one_kernel_from_their_luma(photographed: Photographed, hook: torch.Tensor) -> None:
    grey = photographed(hook)[None, None, :64, :64]
    colours = torch.cat([grey * 0.9, grey, grey * 0.7], 1)
    kernel, _ = estimate_kernel(colours, kernel_size=9, how=HOW)
    alone, _ = estimate_kernel(grey_of(colours[0])[None, None], kernel_size=9, how=HOW)
    assert torch.equal(kernel, alone)
    assert torch.allclose(grey_of(colours[0]) * 219 + 16, luma(colours)[0, 0] * 255, atol=1e-3)


def test_pictures_of_a_batch_have_kernels_of_their_own(photographed: Photographed, hook: torch.Tensor) -> None:
    first = photographed(hook)[None, None, :64, :64]
    second = photographed(hook.mT.contiguous())[None, None, :64, :64]
    both, sigma = estimate_kernel(torch.cat([first, second]), kernel_size=9, how=HOW)
    assert torch.equal(both[1], estimate_kernel(second, kernel_size=9, how=HOW)[0][0])
    assert not torch.equal(both[0], both[1])
    assert sigma.shape == (2,)


def test_a_picture_too_small_to_tell_a_blur_counts_as_sharp() -> None:
    kernel, _ = estimate_kernel(torch.rand(1, 3, 16, 40))
    assert torch.equal(kernel, torch.ones(1, 1, 1))


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
    kernel, sigma = estimate_kernel(degraded)
    assert likeness(kernel[0], true[0]) > 0.85
    assert 0.001 < float(sigma[0]) < 0.01
