"""Convolution agrees with SciPy for every boundary and both ways of computing it, and has an exact transpose."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.errors import DataError
from burnish_degradations.blur.convolution import central_part, convolve, convolve_adjoint, fast_length
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import fft, ndimage, signal

SIDES = [1, 3, 7, 9, 21]


def _pictures(count: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 2, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _kernels(count: int, side: int, seed: int = 1) -> torch.Tensor:
    kernels = torch.rand(count, side, side, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return kernels / kernels.sum((1, 2), keepdim=True)


@pytest.mark.parametrize("side", SIDES)
def test_circular_convolution_equals_a_product_of_scipy_transforms(side: int) -> None:
    pictures, kernels = _pictures(2, 24, 31), _kernels(2, side)
    ours = convolve(pictures, kernels, "circular").numpy()
    for index in range(2):
        spread = np.zeros((24, 31))
        spread[:side, :side] = kernels[index].numpy()
        spread = np.roll(spread, (-(side // 2), -(side // 2)), axis=(0, 1))
        oracle = fft.ifft2(fft.fft2(pictures[index].numpy()) * fft.fft2(spread)).real
        assert np.abs(ours[index] - oracle).max() < 1e-12


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("boundary", "mode"), [("reflect", "mirror"), ("circular", "wrap")])
def test_same_size_convolution_equals_scipy_ndimage(side: int, boundary: str, mode: str) -> None:
    pictures, kernels = _pictures(2, 23, 30), _kernels(2, side)
    ours = convolve(pictures, kernels, boundary).numpy()
    for index in range(2):
        for channel in range(2):
            oracle = ndimage.convolve(pictures[index, channel].numpy(), kernels[index].numpy(), mode=mode)
            assert np.abs(ours[index, channel] - oracle).max() < 1e-12


@pytest.mark.parametrize("side", SIDES)
def test_valid_convolution_equals_scipy_signal(side: int) -> None:
    pictures, kernels = _pictures(1, 23, 30), _kernels(1, side)
    oracle = signal.convolve2d(pictures[0, 1].numpy(), kernels[0].numpy(), mode="valid")
    ours = convolve(pictures, kernels, "valid")[0, 1].numpy()
    assert ours.shape == oracle.shape
    assert np.abs(ours - oracle).max() < 1e-12


@settings(deadline=None, max_examples=60)
@given(
    boundary=st.sampled_from(["circular", "valid", "reflect"]),
    side=st.sampled_from(SIDES),
    height=st.integers(1, 26),
    width=st.integers(1, 26),
    seed=st.integers(0, 2**31),
)
def test_adjoint_satisfies_its_defining_identity(boundary: str, side: int, height: int, width: int, seed: int) -> None:
    if boundary == "valid":
        height, width = height + side - 1, width + side - 1
    x, kernels = _pictures(2, height, width, seed), _kernels(2, side, seed)
    image = convolve(x, kernels, boundary)
    y = _pictures(2, image.shape[2], image.shape[3], seed + 1)
    back = convolve_adjoint(y, kernels, boundary)
    assert back.shape == x.shape
    assert float((image * y).sum()) == pytest.approx(float((x * back).sum()), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("boundary", ["circular", "reflect"])
def test_a_kernel_larger_than_the_picture_is_no_obstacle(boundary: str) -> None:
    mode = "wrap" if boundary == "circular" else "mirror"
    pictures, kernels = _pictures(1, 4, 5), _kernels(1, 21)
    oracle = ndimage.convolve(pictures[0, 0].numpy(), kernels[0].numpy(), mode=mode)
    assert np.abs(convolve(pictures, kernels, boundary)[0, 0].numpy() - oracle).max() < 1e-12


def test_a_picture_without_a_valid_part_is_refused_with_its_size() -> None:
    with pytest.raises(DataError, match="5×4 pixels has no valid part under a kernel of side 7"):
        convolve(_pictures(1, 4, 5), _kernels(1, 7), "valid")
    with pytest.raises(DataError, match="no valid part"):
        central_part(_pictures(1, 4, 5), 3)


@given(st.integers(1, 5000))
def test_transforms_have_the_length_that_scipy_finds_fast(length: int) -> None:
    assert fast_length(length) == fft.next_fast_len(length, real=True)
