"""The restorer that finds the blur itself."""

from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.errors import ConfigError
from burnish.inference import load_restorer, read_kernel, restore
from burnish.io import read_clean
from burnish.ops.luma import luma
from burnish_deconvolution.blind.cleaning import normalised
from burnish_deconvolution.blind.estimator import Blind, automatic_size, estimate_kernel, grey_of, trimmed
from burnish_deconvolution.blind.pyramid import Estimation
from scipy.signal import convolve2d

QUICK: dict[str, Any] = {"kernel_size": 11, "iterations": 3, "refinements": 1}
HOW = Estimation(iterations=2, starts=(1.0,), refinements=0)


def scene(side: int = 128) -> torch.Tensor:
    """Overlapping rectangles of random greys: sharp edges, nothing else."""
    generator = torch.Generator().manual_seed(5)
    picture = torch.full((side, side), 0.5)
    for _ in range(60):
        top, left = torch.randint(0, side - 8, (2,), generator=generator).tolist()
        height, width = torch.randint(6, side // 3, (2,), generator=generator).tolist()
        picture[top : top + height, left : left + width] = torch.rand(1, generator=generator)
    return picture


def shake() -> torch.Tensor:
    """A hooked path of 9 pixels."""
    kernel = torch.zeros(9, 9)
    for step in range(6):
        kernel[1 + step, 2 + step // 2] = 1.0 + 0.2 * step
    kernel[7, 5:8] = 1.0
    return normalised(kernel)


def observed(kernel: torch.Tensor, sigma: float = 0.004) -> torch.Tensor:
    """The valid part of SciPy's convolution: beyond its border lies a scene that nobody recorded."""
    blurred = torch.from_numpy(convolve2d(scene().numpy(), kernel.numpy(), mode="valid")).float()
    return blurred + sigma * torch.randn(blurred.shape, generator=torch.Generator().manual_seed(6))


def likeness(first: torch.Tensor, second: torch.Tensor) -> float:
    """Largest normalised correlation over shifts."""
    products = convolve2d(first.numpy(), second.flip(0, 1).numpy())
    return float(products.max() / (first.norm() * second.norm()))


def error(estimate: torch.Tensor, reach: int = 2) -> float:
    """Least squared error against the scene over small shifts; SciPy's valid part begins at 4, 4."""
    inner = scene()[16:-16, 16:-16]
    shifts = range(12 - reach, 13 + reach)
    return min(float((estimate[y : y + 96, x : x + 96] - inner).square().mean()) for y in shifts for x in shifts)


def test_a_blurred_picture_comes_nearer_to_the_scene() -> None:
    degraded = observed(shake())[None, None]
    estimate = Blind(**QUICK)(degraded)
    assert estimate.shape == degraded.shape
    assert error(estimate[0, 0]) < 0.4 * error(degraded[0, 0])


def test_the_estimate_is_that_of_the_solver_with_the_found_kernel() -> None:
    degraded = observed(shake())[None, None, :60, :60]
    blind = Blind(solver="deconvolution/wiener", solver_config={"balance": 5.0}, mistrust=0.0, **QUICK)
    kernel, sigma = estimate_kernel(degraded, kernel_size=11, how=blind.how)
    wiener = load_restorer("deconvolution/wiener", {"balance": 5.0}, device="cpu")
    expected = restore(wiener, degraded, {"kernel": trimmed(kernel), "sigma": sigma})
    assert torch.allclose(blind(degraded), expected, atol=1e-6)


def test_colour_pictures_have_one_kernel_from_their_luma() -> None:
    grey = observed(shake())[None, None, :64, :64]
    colours = torch.cat([grey * 0.9, grey, grey * 0.7], 1)
    kernel, _ = estimate_kernel(colours, kernel_size=9, how=HOW)
    alone, _ = estimate_kernel(grey_of(colours[0])[None, None], kernel_size=9, how=HOW)
    assert torch.equal(kernel, alone)
    assert torch.allclose(grey_of(colours[0]) * 219 + 16, luma(colours)[0, 0] * 255, atol=1e-3)


def test_pictures_of_a_batch_have_kernels_of_their_own() -> None:
    first = observed(shake())[None, None, :64, :64]
    second = observed(shake().mT.contiguous())[None, None, :64, :64]
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
def test_the_kernel_of_a_real_capture_is_found(shared_data: Path) -> None:
    degraded = read_clean(shared_data / "deblur/levin/im1_kernel7.png", "grey")
    true = read_kernel(shared_data / "kernels/levin09/kernel7.npy").flip(1, 2)
    kernel, sigma = estimate_kernel(degraded)
    assert likeness(kernel[0], true[0]) > 0.85
    assert 0.001 < float(sigma[0]) < 0.01
