"""Learned restorers are shown pictures on the scale of their training, others and full ones as they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish.errors import RestorationError
from burnish.inference import Restorer, load_restorer, restore, restore_picture
from burnish.inference.pictures import restore_picture_detailed
from burnish.inference.value_range import white_of
from burnish.io import Picture

Wrap = Callable[..., Restorer]


def seen_by(wrap: Wrap, picture: Picture, *, sigma: float = 0.0, learned: bool = True) -> tuple[torch.Tensor, float]:
    """What a restorer was given of a picture, and of σ."""
    seen: list[tuple[torch.Tensor, float]] = []

    def restorer(degraded: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        seen.append((degraded, float(sigma)))
        return degraded

    loaded = wrap(restorer, learned=learned, needs=frozenset({"sigma"}))
    assert np.array_equal(restore_picture(loaded, picture, {"sigma": sigma}).pixels, picture.pixels)
    return seen[0]


def filling(share: float, dtype: str = "uint16") -> Picture:
    levels = np.random.default_rng(0).random((64, 64, 1)) * share
    peak = 1 if dtype == "float32" else np.iinfo(dtype).max
    return Picture(pixels=(levels * peak).astype(dtype))


@pytest.mark.parametrize(("bits", "white"), [(16, 1), (15, 1), (14, 4), (13, 8), (12, 16), (10, 64), (9, 128)])
def test_a_16_bit_container_of_fewer_bits_is_shown_as_if_it_were_full(wrap: Wrap, bits: int, white: int) -> None:
    picture = filling((2**bits - 1) / 65535)
    shown, sigma = seen_by(wrap, picture, sigma=0.1 / white)
    assert sigma == pytest.approx(0.1)
    assert torch.equal(shown, torch.from_numpy(picture.pixels[:, :, 0].astype(np.float32) / 65535)[None, None] * white)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.2, 1.0])
def test_8_bit_however_dark_and_what_was_not_learned_see_the_picture_as_it_is(wrap: Wrap, share: float) -> None:
    dark = filling(share, "uint8")
    assert torch.equal(seen_by(wrap, dark)[0][0, 0], torch.from_numpy(dark.pixels[:, :, 0]).float() / 255)
    deep = filling(share)
    shown = seen_by(wrap, deep, learned=False)[0]
    assert torch.equal(shown[0, 0], torch.from_numpy(deep.pixels[:, :, 0].astype(np.float32) / 65535))


def test_hot_pixels_and_invalid_ones_do_not_say_how_far_the_range_goes() -> None:
    picture = filling(1 / 16, "float32")
    picture.pixels[3, 4], picture.pixels[10] = 1.0, np.nan
    assert white_of([picture]) == 1 / 16


def test_of_several_pictures_the_brightest_decides_and_black_ones_do_not() -> None:
    assert white_of([filling(0.01), filling(1 / 16), filling(0.0)]) == 1 / 16
    assert white_of([filling(0.0)]) == 1.0


@pytest.mark.parametrize("scale", [1, 2])
def test_a_star_far_beyond_white_passes_by_a_network_and_comes_out_as_bright(wrap: Wrap, scale: int) -> None:
    picture = filling(0.5, "float32")
    picture.pixels[20, 30] = 12.0
    seen = []

    def network(degraded: torch.Tensor) -> torch.Tensor:
        seen.append(float(degraded.max()))
        return degraded.clamp(0, 1).repeat_interleave(scale, -1).repeat_interleave(scale, -2)

    restored = restore_picture(wrap(network, learned=True, scale=(scale,)), picture).pixels
    assert seen == [2.0]
    block = restored[20 * scale : 21 * scale, 30 * scale : 31 * scale]
    np.testing.assert_allclose(block, 11.0)
    assert (restored > 1).sum() == scale**2


def test_the_flux_of_a_star_that_is_concentrated_is_kept_in_float_and_said_to_be_clipped_in_whole_numbers(
    wrap: Wrap,
) -> None:
    def concentrate(degraded: torch.Tensor) -> torch.Tensor:
        estimate = torch.zeros_like(degraded)
        estimate[..., 4, 4] = degraded.sum()
        return estimate

    star = np.zeros((9, 9, 1), np.float32)
    star[2:7, 2:7] = 12.0 / 25
    done = restore_picture_detailed(wrap(concentrate), Picture(pixels=star))
    assert done.picture.pixels.sum() == pytest.approx(12.0)
    assert done.notes == ()
    whole = Picture(pixels=(star * 65535).astype(np.uint16))
    (note,) = restore_picture_detailed(wrap(concentrate), whole).notes
    assert note.startswith("1.2% of its samples are beyond black or white (0.00 to 12.00) and were clipped")


def test_a_trace_of_clipping_and_the_ripple_of_an_estimate_are_not_worth_a_word(wrap: Wrap) -> None:
    picture = Picture(pixels=np.full((50, 50, 1), 255, np.uint8))

    def ripple(degraded: torch.Tensor) -> torch.Tensor:
        estimate = degraded + 0.009
        estimate[..., 0, :2] = 3.0
        return estimate

    assert restore_picture_detailed(wrap(ripple), picture).notes == ()


def test_tiles_and_frames_share_one_scale(wrap: Wrap) -> None:
    picture = filling(1 / 16)
    picture.pixels[:32] //= 32
    tops = []

    def network(degraded: torch.Tensor) -> torch.Tensor:
        tops.append(float(degraded.max()))
        return degraded

    loaded = wrap(network, learned=True, receptive_field=1)
    (note,) = restore_picture_detailed(loaded, picture, tile=32).notes
    assert note.startswith("fills 1/16 of its range")
    assert max(tops[:2]) < 0.05 and min(tops[2:]) > 0.9


def test_noise_larger_than_all_that_the_picture_fills_is_refused_with_the_mend(wrap: Wrap) -> None:
    with pytest.raises(RestorationError, match=r"0\.0078125 of the file's; give sigma in the file's range"):
        seen_by(wrap, filling(511 / 65535), sigma=25 / 255)


def test_what_is_learned_is_what_is_trained_and_what_asks_it() -> None:
    assert not load_restorer("burnish/identity").learned
    assert not load_restorer("self-ensemble").learned
    assert load_restorer("cnn/ffdnet:grey").learned
    assert load_restorer("self-ensemble", {"restorer": "cnn/dncnn:grey-25"}).learned
    assert load_restorer("plug-and-play").learned


@pytest.mark.parametrize("share", [16, 128])
def test_a_network_gains_as_much_on_a_picture_that_fills_little_of_16_bits(share: int) -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:96, :96] / 96
    clean = 0.4 + 0.2 * np.sin(9 * x * x + 4 * y) + 0.2 * (np.hypot(x - 0.5, y - 0.4) < 0.3)
    noisy = np.clip(clean + rng.normal(0, 25 / 255, clean.shape), 0, 1)
    loaded = load_restorer("cnn/ffdnet:grey", device="cpu")
    gains = []
    for part in (1, share):
        stored = np.minimum(np.round(noisy * 65535 / part), 65535).astype(np.uint16)
        done = restore_picture(loaded, Picture(pixels=stored[:, :, None]), {"sigma": 25 / 255 / part})
        errors = [np.mean((one.astype(float) * part / 65535 - clean) ** 2) for one in (stored, done.pixels[:, :, 0])]
        gains.append(10 * np.log10(errors[0] / errors[1]))
    assert gains[0] > 7
    assert abs(gains[1] - gains[0]) < 0.3, gains


def test_tensors_of_unknown_origin_are_shown_as_they_are_and_scaled_where_white_is_known(wrap: Wrap) -> None:
    tops = []

    def network(degraded: torch.Tensor) -> torch.Tensor:
        tops.append(float(degraded.max()))
        return degraded

    loaded, dark = wrap(network, learned=True), torch.full((1, 1, 4, 4), 0.0625)
    assert torch.equal(restore(loaded, dark), dark)
    assert torch.equal(restore(loaded, dark, {"white": 1 / 16}), dark)
    assert tops == [0.0625, 1.0]
