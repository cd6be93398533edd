"""Blur is read in pixels: of a step exactly as far as pixels allow, of photographs monotone, also through noise."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from burnish.drift import measure_pixels
from burnish.ops.measures.blur import LARGEST, blur_width
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def edge(sigma: float) -> Pixels:
    """A slanted step, blurred by σ in closed form (the normal distribution's integral)."""
    from scipy.special import erf

    y, x = np.mgrid[:256, :256]
    distance = (x - 128 + 0.15 * (y - 128)) / np.hypot(1, 0.15)
    return (0.5 + 0.3 * erf(distance / (np.sqrt(2) * sigma))).astype(np.float32)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.0, 4.0])
def test_the_blur_of_a_step_is_read_within_half_a_pixel(sigma: float) -> None:
    width = blur_width(edge(sigma), 0.0)
    assert width == pytest.approx(sigma, abs=0.5)


def test_more_blur_reads_as_more_for_every_photograph_whatever_the_noise(
    photographs: list[Pixels], noisy: Callable[[Pixels, float], Pixels], blurred: Callable[[Pixels, float], Pixels]
) -> None:
    for level in (0, 25):
        for picture in photographs:
            read = [measure_pixels(noisy(blurred(picture, s), level / 255))["blur"] or 0.0 for s in (0, 1, 2, 3)]
            assert read == sorted(read)
            assert read[-1] > read[0] + 1


def test_noise_moves_it_less_than_it_moves_scikit_image(
    photographs: list[Pixels], noisy: Callable[[Pixels, float], Pixels], blurred: Callable[[Pixels, float], Pixels]
) -> None:
    from skimage.measure import blur_effect

    def own(picture: Pixels) -> float:
        return measure_pixels(picture)["blur"] or 0.0

    def moved(measure: Callable[[Pixels], float]) -> float:
        """What noise does to it, over what two pixels of blur do."""
        shifts = []
        for picture in photographs[:2]:
            sharp, soft = measure(picture), measure(blurred(picture, 2.0))
            shifts.append(abs(measure(noisy(picture, 0.05)) - sharp) / (soft - sharp))
        return float(np.mean(shifts))

    assert moved(own) < 0.1
    assert moved(own) < 0.5 * moved(lambda picture: float(blur_effect(picture, channel_axis=-1)))


def test_where_no_edge_is_there_is_no_answer() -> None:
    assert blur_width(np.full((64, 64), 0.5, np.float32), 0.0) is None
    assert blur_width(np.zeros((16, 16), np.float32), 0.0) is None
    noise = np.random.default_rng(0).normal(0.5, 0.1, (256, 256)).astype(np.float32)
    assert blur_width(noise, 0.1) is None


def test_a_strong_blur_reads_as_the_largest_one() -> None:
    ramp = np.linspace(0, 1, 128, dtype=np.float32)[None].repeat(128, axis=0)
    assert blur_width(np.asarray(cv2.GaussianBlur(ramp, (0, 0), 9.0)), 0.0) == LARGEST
