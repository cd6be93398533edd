"""A kernel from coarse to fine."""

from collections.abc import Callable

import torch
from burnish_deconvolution.blind.cleaning import normalised
from burnish_deconvolution.blind.pyramid import Estimation, climb, enlarged, extent, odd, reduced
from burnish_deconvolution.blind.refinement import refined

Photographed = Callable[[torch.Tensor], torch.Tensor]
Likeness = Callable[[torch.Tensor, torch.Tensor], float]


def test_a_shake_is_found_in_its_orientation_although_borders_and_noise_are_real(
    photographed: Photographed, hook: torch.Tensor, likeness: Likeness
) -> None:
    found = climb(photographed(hook), 13, Estimation(iterations=3), None, last=0).kernel
    assert likeness(found, hook) > 0.85
    assert likeness(found.flip(0, 1), hook) < likeness(found, hook) - 0.05


def test_a_climb_that_rests_half_way_ends_where_one_without_a_rest_does(
    photographed: Photographed, hook: torch.Tensor
) -> None:
    grey, how = photographed(hook)[:64, :64], Estimation(iterations=1)
    half = climb(grey, 9, how, None, last=2)
    assert torch.equal(climb(grey, 9, how, half, last=0).kernel, climb(grey, 9, how, None, last=0).kernel)


def test_refinement_brings_a_rough_kernel_nearer_to_the_true_one(
    photographed: Photographed, hook: torch.Tensor, likeness: Likeness
) -> None:
    rough = normalised(hook + 0.25 * hook.roll((1, 1), (0, 1)) + 0.25 * hook.roll(-1, 1))
    better = refined(photographed(hook), rough, weight=2.0, rounds=1)
    assert likeness(better, hook) > likeness(rough, hook) + 0.02
    assert torch.allclose(refined(photographed(hook), better, weight=2.0, rounds=0), better, atol=1e-6)


def test_extent_is_the_least_centred_odd_square_around_all_that_is_not_zero() -> None:
    kernel = torch.zeros(11, 11)
    kernel[5, 5], kernel[5, 8] = 0.5, 0.5
    assert extent(kernel) == 7


def test_enlarging_keeps_sum_and_oddness_and_leaves_room_up_to_what_is_allowed(hook: torch.Tensor) -> None:
    larger = enlarged(hook, largest=41, free=False)
    assert larger.shape[0] % 2 == 1
    assert extent(hook) < larger.shape[0] < 41
    assert enlarged(hook, largest=13, free=True).shape == (13, 13)
    assert torch.isclose(larger.sum(), torch.tensor(1.0), atol=1e-5)


def test_reducing_keeps_flat_pictures_flat_and_goes_no_lower_than_8_pixels() -> None:
    assert torch.allclose(reduced(torch.full((40, 60), 0.3), 0.5), torch.full((20, 30), 0.3), atol=1e-6)
    assert reduced(torch.rand(40, 60), 0.01).shape == (8, 8)
    assert [odd(length) for length in (3.0, 3.1, 4.0)] == [3, 5, 5]
