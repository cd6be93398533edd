"""Degrading again is the blur and the reduction that SciPy and NumPy compute, and nothing where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.ops.redegrading import Redegradation, mean_of_cells
from burnish.ops.transfer import S_RGB
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve
from torch import Tensor


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def kernel(side: int, seed: int = 1) -> Tensor:
    values = drawn(side, side, seed=seed)
    return values / values.sum()


@settings(max_examples=20, deadline=None)
@given(side=st.sampled_from([1, 3, 7, 15]), seed=st.integers(0, 99))
def test_a_blur_is_scipys_convolution_with_mirrored_borders(side: int, seed: int) -> None:
    picture, blur = drawn(1, 2, 31, 24, seed=seed), kernel(side, seed + 1)
    made = Redegradation(kernel=blur)(picture)[0].numpy()
    wanted = [convolve(plane.numpy().astype(np.float64), blur.numpy(), mode="mirror") for plane in picture[0]]
    assert made == pytest.approx(np.stack(wanted), abs=1e-5)


def test_a_blur_of_light_is_that_of_the_converted_values() -> None:
    picture, blur = drawn(1, 3, 20, 20), kernel(5)
    through = S_RGB.from_light(Redegradation(kernel=blur)(S_RGB.to_light(picture)))
    assert torch.allclose(Redegradation(kernel=blur, curve=S_RGB)(picture), through, atol=1e-6)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_reduction_is_the_mean_of_every_cell_and_drops_what_is_left_over(scale: int) -> None:
    picture = drawn(1, 3, 25, 26)
    height, width = 25 // scale, 26 // scale
    cells = picture[..., : height * scale, : width * scale].reshape(1, 3, height, scale, width, scale)
    assert torch.allclose(mean_of_cells(picture, scale), cells.mean(dim=(3, 5)), atol=1e-6)


def test_without_any_part_the_picture_stays_as_it_is() -> None:
    picture = drawn(1, 3, 9, 9)
    assert torch.equal(Redegradation()(picture), picture)
    assert Redegradation().margin == 0


def test_the_margin_is_what_the_kernel_sees_beyond_the_border_in_pixels_of_the_result() -> None:
    assert Redegradation(kernel=kernel(15)).margin == 7
    assert Redegradation(kernel=kernel(15), scale=2).margin == 4
