"""Cleaning kernels."""

import numpy as np
import torch
from burnish_deconvolution.blind.cleaning import centred, clean, correlation, fitted, labels, mean, normalised
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage


def drawn(seed: int, side: int = 9, share: float = 0.4) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(side, side, generator=generator)
    return values * (torch.rand(side, side, generator=generator) < share)


@given(st.integers(0, 10_000), st.sampled_from([3, 9, 15]), st.floats(0, 1))
def test_a_cleaned_kernel_is_a_kernel(seed: int, side: int, share: float) -> None:
    kernel = clean(drawn(seed, side, share) - 0.1)
    assert (kernel >= 0).all()
    assert torch.isclose(kernel.sum(), torch.tensor(1.0), atol=1e-5)


@given(st.integers(0, 10_000))
def test_islands_are_those_of_scipy_with_corners_counted_as_touching(seed: int) -> None:
    mask = drawn(seed, 11, 0.3) > 0
    ours = labels(mask).numpy()
    theirs, count = ndimage.label(mask.numpy(), structure=np.ones((3, 3)))
    pairs = set(zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True))
    assert len(pairs) == len(np.unique(ours)) == count + (0 in theirs)


def test_weak_values_and_isolated_specks_go_and_the_trace_stays() -> None:
    kernel = torch.zeros(9, 9)
    kernel[4, 2:7] = 1.0
    kernel[0, 0] = 0.3
    kernel[8, 8] = 0.01
    cleaned = clean(kernel)
    assert torch.allclose(cleaned[4, 2:7], torch.full((5,), 0.2))
    assert int((cleaned > 0).sum()) == 5


def test_the_heaviest_island_stays_even_if_all_are_light() -> None:
    kernel = torch.zeros(21, 21)
    kernel[::4, ::4] = 0.5
    kernel[8, 8] = 0.9
    assert int(clean(kernel)[8, 8] == 1.0) == 1


def test_a_kernel_is_moved_by_whole_pixels_until_its_centre_of_gravity_is_in_the_middle() -> None:
    kernel = torch.zeros(9, 9)
    kernel[1, 5], kernel[1, 6], kernel[2, 6] = 0.4, 0.4, 0.2
    moved = centred(kernel)
    row, column = ndimage.center_of_mass(moved.numpy())
    assert abs(row - 4) <= 0.5
    assert abs(column - 4) <= 0.5
    assert sorted(moved[moved > 0].tolist()) == sorted(kernel[kernel > 0].tolist())


def test_a_kernel_fits_into_any_odd_side_about_its_middle() -> None:
    kernel = torch.zeros(5, 5)
    kernel[2, 1:4] = 1 / 3
    assert torch.allclose(fitted(fitted(kernel, 11), 3)[1], torch.full((3,), 1 / 3))
    assert fitted(kernel, 11)[5, 5] > 0


def test_a_kernel_without_weight_becomes_the_impulse() -> None:
    assert normalised(torch.zeros(5, 5))[2, 2] == 1.0


def test_a_moved_kernel_is_the_same_and_correlation_says_how_far_it_is_moved() -> None:
    kernel = drawn(3, 9)
    moved = fitted(kernel, 17).roll((-3, 2), (0, 1))
    likeness, down, right = correlation(kernel, moved)
    assert abs(likeness - 1.0) < 1e-6
    assert (down, right) == (3, -2)
    assert correlation(kernel, drawn(4, 9))[0] < 0.95


def test_the_mean_of_two_kernels_is_taken_where_both_lie_on_each_other() -> None:
    kernel = normalised(drawn(3, 9))
    moved = fitted(kernel, 17).roll((-3, 2), (0, 1))
    together = mean(kernel, moved)
    assert torch.allclose(fitted(together, 27), fitted(centred(fitted(kernel, 27)), 27), atol=1e-6)
