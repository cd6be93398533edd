"""Trust in a kernel."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from burnish_deconvolution.blind.confidence import Confidence, outside, radius, ringing
from burnish_deconvolution.blind.evidence import Judge

Photographed = Callable[[torch.Tensor], torch.Tensor]
GOOD = Confidence(gain=0.3, radius=3.0, agreement=0.9, ringing=0.03, outside=0.0, text=False)


def test_a_right_kernel_has_nothing_against_it() -> None:
    assert GOOD.blurred
    assert GOOD.reasons == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"agreement": 0.4}, "starts disagree, likeness 0.40"),
        ({"ringing": 0.3}, "the estimate rings, 0.30"),
        ({"outside": 0.05}, "5.0% of it out of range"),
    ],
)
def test_each_sign_of_a_wrong_kernel_is_told_in_a_few_words(change: dict[str, float], told: str) -> None:
    (reason,) = replace(GOOD, **change).reasons
    assert reason.startswith(told)


def test_thin_strokes_of_text_may_exceed_the_blurred_range_as_ringing_does() -> None:
    assert replace(GOOD, ringing=0.3, text=True).reasons == ()


@pytest.mark.parametrize("change", [{"gain": -0.1}, {"radius": 0.8}])
def test_no_blur_or_one_below_a_pixel_is_none_to_undo(change: dict[str, float]) -> None:
    assert not replace(GOOD, **change).blurred


def test_the_radius_is_the_root_mean_square_distance_from_the_centre_of_gravity() -> None:
    kernel = torch.zeros(9, 9)
    kernel[2, 3], kernel[2, 7] = 0.5, 0.5
    assert radius(kernel) == pytest.approx(2.0)
    assert radius(torch.ones(1, 1)) == 0.0


def test_the_true_kernel_rings_less_than_one_turned_by_90_degrees(
    photographed: Photographed, hook: torch.Tensor
) -> None:
    grey = photographed(hook)
    judge = Judge(grey)
    wrong = hook.mT.contiguous()
    assert ringing(grey, grey, 9) == 0.0
    assert ringing(grey, judge.restored(hook), 9) < 0.5 * ringing(grey, judge.restored(wrong), 9)


def test_values_out_of_range_are_counted_except_around_clipped_lights() -> None:
    bright = torch.full((30, 30), 0.5)
    bright[10:20, 10:20] = 2.0
    assert outside(bright, bright > 1.0) == 0.0
    assert outside(bright, bright > 3.0) == pytest.approx(1 / 9)
    assert outside(bright.clamp(0, 1.01), bright > 3.0) == 0.0
