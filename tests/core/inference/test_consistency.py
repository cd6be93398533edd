"""An estimate that contradicts its input is told, with a map; one that agrees with it never is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import UsageError
from burnish.inference import Restorer, load_restorer
from burnish.inference.consistency import (
    CELL,
    WINDOW,
    Consistency,
    consistency,
    known_degradation,
    refuse_unknown,
    slack,
)
from burnish.inference.in_memory import restore_kind
from burnish.inference.pictures import restore_picture_detailed
from burnish.io import Picture
from burnish.ops.redegrading import Redegradation, mean_of_cells
from burnish.restorer.options import RestoreOptions
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

Pixels = NDArray[np.float32]
SIGMA = 15 / 255


def tensor(pixels: Pixels, side: int = 192) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels[60 : 60 + side, 90 : 90 + side])).permute(2, 0, 1)[None]


def noise(picture: Tensor, sigma: float = SIGMA, seed: int = 0) -> Tensor:
    return picture + sigma * torch.randn(picture.shape, generator=torch.Generator().manual_seed(seed))


def stored(picture: Tensor) -> Picture:
    return Picture(pixels=(255 * picture[0].permute(1, 2, 0).numpy() + 0.5).clip(0, 255).astype(np.uint8))


def found(degraded: Tensor, estimate: Tensor, again: Redegradation | None = None, **known: Any) -> Consistency:
    made = consistency(degraded, estimate, again or Redegradation(), known)
    assert made is not None
    return made


def with_disc(picture: Tensor, amount: float, radius: int) -> Tensor:
    places = torch.arange(picture.shape[-1])
    disc = (places[:, None] - 100) ** 2 + (places - 60) ** 2 <= radius**2
    return picture + torch.where(disc, amount, 0.0) * (1 - 2 * (picture > 0.5).float())


def test_the_truth_itself_agrees_with_what_was_observed(photographs: list[Pixels]) -> None:
    for pixels in photographs:
        clean = tensor(pixels)
        assert not found(noise(clean), clean, sigma=SIGMA).contradicts
        assert not found(noise(clean), clean).contradicts  # σ need not be told
        assert not found(mean_of_cells(clean, 2), clean, Redegradation(scale=2)).contradicts


@pytest.mark.parametrize("scale", [1, 2])
def test_an_object_that_is_not_there_is_found_where_it_is(photographs: list[Pixels], scale: int) -> None:
    clean = tensor(photographs[0])
    seen = noise(mean_of_cells(clean, scale), SIGMA if scale == 1 else 0.0)
    made = found(seen, with_disc(clean, 0.25, 6 * scale), Redegradation(scale=scale))
    assert made.contradicts
    grey = made.picture().pixels[:, :, 0]
    assert grey.shape == clean.shape[-2:] and grey[100, 60] == 255
    row, column = np.argwhere(grey > 85).mean(axis=0)
    assert abs(row - 100) < 2 * CELL * scale and abs(column - 60) < 2 * CELL * scale
    assert (grey > 85).mean() < 0.05
    (note,) = made.note
    assert note.startswith("the estimate contradicts its input in ")


def test_another_brightness_a_shift_and_invented_texture_are_found(photographs: list[Pixels]) -> None:
    clean = tensor(photographs[0])
    seen = noise(clean, 5 / 255)
    checker = (torch.arange(192)[:, None] + torch.arange(192)) % 2 - 0.5
    checker[:, :90] = 0.0
    tampered = {"brighter": clean + 0.1, "shifted": clean.roll(2, -1), "texture": clean + 0.35 * checker}
    assert [name for name, estimate in tampered.items() if not found(seen, estimate).contradicts] == []


def test_detail_beyond_what_the_input_holds_is_no_contradiction(photographs: list[Pixels]) -> None:
    clean = tensor(photographs[0])
    small = mean_of_cells(clean, 2)
    invented = 0.2 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(3))
    invented -= torch.nn.functional.interpolate(mean_of_cells(invented, 2), scale_factor=2)
    assert not found(small, clean + invented, Redegradation(scale=2)).contradicts


def test_noise_that_is_correlated_or_stronger_than_told_is_not_the_estimates_fault(photographs: list[Pixels]) -> None:
    clean = tensor(photographs[0])
    grains = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    coarse = SIGMA * torch.nn.functional.interpolate(grains, scale_factor=2, mode="bilinear")
    assert not found(clean + coarse, clean, sigma=SIGMA).contradicts
    assert not found(noise(clean, 3 * SIGMA), clean, sigma=SIGMA).contradicts


def test_what_is_not_known_is_not_compared(photographs: list[Pixels]) -> None:
    clean = tensor(photographs[0])
    seen, mask = clean.clone(), torch.ones(192, 192)
    seen[..., 40:60, 40:60] = torch.nan
    mask[100:120, 100:120] = 0.0
    wrong = clean.clone()
    wrong[..., 40:60, 40:60] = 0.0
    wrong[..., 100:120, 100:120] = 0.0
    assert not found(seen, wrong, mask=mask).contradicts
    assert found(clean, wrong).contradicts
    nothing = found(torch.full_like(clean, torch.nan), clean)
    assert nothing.worst == 0.0 and not nothing.note and not nothing.picture().pixels.any()


def test_a_pixel_without_data_spoils_what_the_blur_mixed_it_into(photographs: list[Pixels]) -> None:
    clean, kernel = tensor(photographs[0]), torch.ones(9, 9) / 81
    seen, wrong = Redegradation(kernel=kernel)(clean), clean.clone()
    seen[..., 90, 90], wrong[..., 90, 90] = torch.nan, 40.0
    assert not found(seen, wrong, Redegradation(kernel=kernel)).contradicts


@settings(max_examples=15, deadline=None)
@given(height=st.integers(10, 300), width=st.integers(10, 40), side=st.sampled_from([1, 5, 9]))
def test_strips_of_rows_make_no_difference_and_sizes_need_not_fit(height: int, width: int, side: int) -> None:
    clean = torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(height))
    again = Redegradation(kernel=torch.ones(side, side) / side**2)
    made = consistency(again(clean), clean, again, {})
    reach = side - 1
    if min(height, width) - reach < WINDOW:
        assert made is None
    else:
        assert made is not None and made.worst < 1e-3  # the picture is cut nowhere, or strips would mirror its rows
        assert made.picture().pixels.shape == (height, width, 1)


def test_sizes_that_do_not_belong_together_are_not_compared() -> None:
    assert consistency(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 60, 64), Redegradation(scale=2), {}) is None


def test_the_range_of_a_picture_scales_what_is_allowed(photographs: list[Pixels]) -> None:
    clean = tensor(photographs[0]) / 16
    assert found(clean, clean + 0.02, white=1 / 16).contradicts
    assert not found(clean, clean + 0.02).contradicts


@pytest.mark.parametrize(
    ("restorer", "known", "again"),
    [
        ("cnn/ffdnet:colour", {}, Redegradation()),
        ("cnn/dncnn:dejpeg-colour", {}, Redegradation()),
        ("classical/bm3d", {"sigma": 0.1}, Redegradation()),
        ("super-resolution/edsr:luma-x4", {}, Redegradation(scale=4)),
        ("super-resolution/edsr:real-x2", {}, Redegradation(scale=2)),
        ("deconvolution/wiener", {}, None),
        ("deconvolution/blind", {}, None),
        ("cnn/nafnet:slight-shake", {}, None),
        ("gan/deblurgan:slight-shake", {}, None),
        ("burnish/identity", {}, None),
        ("rnn/convlstm-burst:burst-noise", {}, None),
    ],
)
def test_which_degradations_are_known(restorer: str, known: dict[str, Any], again: Redegradation | None) -> None:
    loaded = load_restorer(restorer, device="cpu")
    assert known_degradation(loaded, known) == again
    if again is None:
        with pytest.raises(UsageError, match="undoes is not known"):
            refuse_unknown(loaded, known)
    else:
        refuse_unknown(loaded, known)


def test_a_kernel_that_is_told_makes_the_blur_known() -> None:
    loaded, kernel = load_restorer("deconvolution/wiener", device="cpu"), torch.ones(1, 5, 5) / 25
    made = known_degradation(loaded, {"kernel": kernel})
    assert made is not None and made.kernel is not None and made.kernel.shape == (5, 5)
    assert known_degradation(loaded, {"kernel": kernel.expand(2, 5, 5)}) is None


def test_weights_that_also_undo_compression_get_more_slack() -> None:
    names = ("super-resolution/edsr:luma-x2", "super-resolution/edsr:real-x2", "cnn/dncnn:dejpeg-colour")
    assert [slack(load_restorer(name, device="cpu")) for name in names] == [1.0, 2.0, 2.0]


def test_a_restoration_says_nothing_of_a_good_estimate(photographs: list[Pixels]) -> None:
    loaded = load_restorer("cnn/ffdnet:colour", device="cpu")
    done = restore_picture_detailed(loaded, stored(noise(tensor(photographs[1]))), {"sigma": SIGMA})
    assert done.consistency is not None and not done.consistency.contradicts
    assert not any("contradicts" in note for note in done.notes)


def test_a_restoration_warns_of_an_estimate_that_contradicts_its_input(
    photographs: list[Pixels], wrap: Callable[..., Restorer], caplog: pytest.LogCaptureFixture
) -> None:
    loaded = wrap(lambda degraded: with_disc(degraded, 0.3, 9), tasks=frozenset({"denoise"}))
    picture = stored(tensor(photographs[2]))
    done = restore_picture_detailed(loaded, picture)
    assert sum("the estimate contradicts its input" in note for note in done.notes) == 1
    with caplog.at_level(logging.WARNING, logger="burnish"):
        restore_kind(loaded, picture, {}, RestoreOptions())
    assert "contradicts its input" in caplog.text


def test_the_input_and_the_estimate_are_left_as_they_are(photographs: list[Pixels]) -> None:
    degraded, estimate = noise(tensor(photographs[0])), tensor(photographs[0])
    copies = degraded.clone(), estimate.clone()
    found(degraded, estimate, sigma=SIGMA)
    assert torch.equal(degraded, copies[0]) and torch.equal(estimate, copies[1])
