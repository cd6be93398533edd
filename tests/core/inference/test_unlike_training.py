"""A learned restorer says in one line where a picture is far from what its weights learned, and nothing where it is
not."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.inference import load_restorer, restore_picture
from burnish.inference.in_memory import restore_kind
from burnish.inference.pictures import restore_picture_detailed
from burnish.inference.unlike_training import unlike_training
from burnish.io import Picture
from burnish.restorer.options import RestoreOptions
from numpy.typing import NDArray

Pixels = NDArray[np.float32]

DENOISER, BLIND = "cnn/dncnn:grey-25", "cnn/ffdnet:colour"
DEBLURRER = "cnn/nafnet:slight-shake"
ENLARGER = "super-resolution/edsr:luma-x2"
WORN = "super-resolution/edsr:real-x2"


def stored(pixels: Pixels) -> Picture:
    return Picture(pixels=np.ascontiguousarray((pixels * 255 + 0.5).clip(0, 255).astype(np.uint8)))


def noisy(pixels: Pixels, sigma: float) -> Picture:
    return stored((pixels + np.random.default_rng(0).normal(0, sigma / 255, pixels.shape)).astype(np.float32))


def compressed(pixels: Pixels, quality: int) -> Picture:
    coded = cv2.imencode(".jpg", stored(pixels).pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return Picture(pixels=np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[:, :, ::-1]))


def told(restorer: str, picture: Picture) -> str:
    notes = unlike_training(load_restorer(restorer, device="cpu"), picture)
    assert len(notes) <= 1
    return "".join(notes)


def test_noise_of_the_level_that_was_learned_is_not_worth_a_word(photographs: list[Pixels]) -> None:
    assert [told(DENOISER, noisy(picture[:, :, 1:2], 25)) for picture in photographs] == [""] * len(photographs)
    assert [told(BLIND, noisy(picture, sigma)) for picture in photographs for sigma in (5, 45)] == [""] * (
        2 * len(photographs)
    )


@pytest.mark.parametrize(("sigma", "said"), [(4, "at least 25.0: fine texture may be lost"), (50, "at most 25.0")])
def test_weaker_and_stronger_noise_than_was_learned_is_told(photographs: list[Pixels], sigma: float, said: str) -> None:
    assert said in told(DENOISER, noisy(photographs[0], sigma))


def test_weights_that_learned_grey_pictures_say_so_of_colour(photographs: list[Pixels]) -> None:
    assert "colour, which they restore channel by channel" in told(DENOISER, noisy(photographs[0], 25))


def test_weights_that_remove_blur_warn_of_a_sharp_picture_and_of_noise(photographs: list[Pixels]) -> None:
    assert "no blur was found in it: it may become worse" in told(DEBLURRER, stored(photographs[0]))
    assert "noise of σ" in told(DEBLURRER, noisy(photographs[0], 20))


def test_weights_that_remove_a_slight_blur_warn_of_a_large_one_and_not_of_a_slight_one(
    photographs: list[Pixels],
) -> None:
    def smeared(length: int) -> Picture:
        return stored(cv2.filter2D(photographs[0], -1, np.full((1, length), 1 / length)))

    assert told(DEBLURRER, smeared(5)) == ""
    assert "they learned up to 1.7" in told(DEBLURRER, smeared(19))


def test_weights_that_enlarge_warn_of_jpeg_and_of_noise_but_not_of_clean_pictures(photographs: list[Pixels]) -> None:
    assert [told(ENLARGER, stored(picture)) for picture in photographs] == [""] * len(photographs)
    assert "JPEG of quality 30, which they did not learn" in told(ENLARGER, compressed(photographs[0], 30))
    assert "it may stay, or grow" in told(ENLARGER, noisy(photographs[0], 15))


def test_noise_is_judged_on_the_scale_that_the_restorer_sees(photographs: list[Pixels]) -> None:
    twelve_bits = Picture(pixels=(noisy(photographs[0][:, :, :1], 25).pixels.astype(np.uint16) * 16))
    notes = restore_picture_detailed(load_restorer(DENOISER, device="cpu"), twelve_bits).notes
    assert any("fills 1/16 of its range" in note for note in notes)
    assert not any("unlike" in note for note in notes)


def test_a_restorer_without_weights_is_not_judged(photographs: list[Pixels]) -> None:
    assert told("classical/bilateral", noisy(photographs[0], 50)) == ""


def test_the_note_comes_with_the_restored_picture(
    photographs: list[Pixels], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    loaded = load_restorer(DENOISER, device="cpu")
    picture = stored(photographs[0][:96, :96, :1])
    with caplog.at_level(logging.WARNING, logger="burnish"):
        restored = restore_kind(loaded, picture.pixels, {}, RestoreOptions())
    assert "unlike what the weights learned: noise" in caplog.text
    assert np.array_equal(np.asarray(restored), restore_picture(loaded, picture).pixels)


def test_what_learned_clean_and_worn_pictures_misses_no_fault_in_a_clean_one(photographs: list[Pixels]) -> None:
    picture = photographs[0]
    assert told(WORN, stored(picture)) == ""
    assert told(WORN, compressed(picture, 50)) == ""
    assert "JPEG of quality 1" in told(WORN, compressed(picture, 15))
