"""Known noise is found again in flat areas of single pictures, clipped and rounded as files are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from burnish.errors import DataError
from burnish.ops.noise import NoiseModel
from burnish_degradations.calibration.fitting import fit, variance_of
from burnish_degradations.calibration.flat_areas import CORRELATED, FARTHEST, correlation, flat_levels
from burnish_degradations.calibration.levels import Levels, joined
from hypothesis import given
from hypothesis import strategies as st

STEP = 1 / 255
MODELS = [(0.002, 0.0), (0.002, 0.02), (0.01, 0.005), (0.01, 0.02), (0.03, 0.01), (0.0, 0.02), (0.0, 0.1), (0.05, 0.1)]


def straight(model: NoiseModel, count: float = 1000.0) -> Levels:
    brightness = np.linspace(0.1, 0.9, 30)
    whole = np.full(30, count)
    return Levels(brightness=brightness, variance=variance_of(model, brightness), count=whole, clipped=0.0 * whole)


def ratio(model: NoiseModel, gain: float, read: float, offset: float = 0.0, darkest: float = 0.05) -> Any:
    x = np.linspace(darkest, 0.95, 19)
    return np.sqrt(variance_of(model, x) / (gain * np.maximum(x - offset, 0.0) + read**2))


@given(
    gain=st.floats(1e-3, 0.1),
    read=st.floats(0.0, 0.1),
    outliers=st.lists(st.integers(0, 29), max_size=6),
)
def test_a_line_is_found_exactly_although_texture_lifts_some_levels(
    gain: float, read: float, outliers: list[int]
) -> None:
    levels = straight(NoiseModel(gain, read))
    levels.variance[outliers] *= 5.0
    found = fit(levels, 0.0, "x")
    assert found.predicted == pytest.approx(variance_of(NoiseModel(gain, read), levels.brightness), rel=0.01)


def test_an_intercept_above_zero_is_read_noise_and_one_below_is_an_offset() -> None:
    above = fit(straight(NoiseModel(0.01, 0.03)), 0.0, "x").model
    assert (above.gain, above.read_noise, above.offset) == pytest.approx((0.01, 0.03, 0.0), abs=1e-6)
    below = fit(straight(NoiseModel(0.01, 0.0, 0.08)), 0.0, "x").model
    assert (below.gain, below.read_noise, below.offset) == pytest.approx((0.01, 0.0, 0.08), abs=1e-6)


def test_known_black_leaves_only_the_gain_to_be_found() -> None:
    model = NoiseModel(gain=0.01, read_noise=0.03, offset=0.06)
    found = fit(straight(model), 0.0, "x", NoiseModel(read_noise=0.03, offset=0.06)).model
    assert (found.gain, found.read_noise, found.offset) == pytest.approx((0.01, 0.03, 0.06), abs=1e-6)


def test_where_the_line_would_fall_below_zero_the_darkest_level_is_black() -> None:
    levels = straight(NoiseModel(0.01, 0.005))
    levels.variance[:] = 0.01 * (levels.brightness - 0.09) ** 2  # as a tone curve bends it
    found = fit(levels, 0.0, "x").model
    assert found.offset == pytest.approx(0.1, abs=1e-3)
    assert (variance_of(found, levels.brightness) > 0.0).all()


def test_noise_that_falls_with_brightness_is_taken_as_the_same_everywhere() -> None:
    levels = straight(NoiseModel(read_noise=0.05))
    levels.variance[:] *= np.linspace(1.2, 0.8, 30)
    found = fit(levels, 0.0, "x").model
    assert found.gain == 0.0
    assert found.read_noise == pytest.approx(0.05, rel=0.05)


@pytest.mark.parametrize(("gain", "read"), MODELS)
def test_one_8_bit_picture_gives_the_noise_to_a_tenth_at_every_brightness(
    camera: Any, gain: float, read: float
) -> None:
    picture = camera.stored(camera.noisy(camera.scene(), 1, gain=gain, read=read))
    found = ratio(fit(flat_levels(picture, STEP), STEP, "x").model, gain, read)
    assert np.median(found) == pytest.approx(1.0, abs=0.03)
    assert found == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("gain", "read"), [(0.01, 0.02), (0.03, 0.01)])
def test_eight_pictures_give_gain_and_noise_to_a_few_hundredths(camera: Any, gain: float, read: float) -> None:
    pictures = [camera.stored(camera.noisy(camera.scene(seed), seed, gain=gain, read=read)) for seed in range(8)]
    found = fit(joined([flat_levels(picture, STEP) for picture in pictures]), STEP, "x").model
    assert found.gain == pytest.approx(gain, rel=0.04)
    assert ratio(found, gain, read, darkest=0.1) == pytest.approx(1.0, abs=0.04)


def test_a_black_level_is_found_as_offset_where_there_is_no_read_noise(camera: Any) -> None:
    clean = 0.1 + 0.8 * camera.scene()
    picture = camera.stored(camera.noisy(clean, 2, gain=0.01, read=0.0, offset=0.1))
    found = fit(flat_levels(picture, STEP), STEP, "x").model
    assert found.offset == pytest.approx(0.1, abs=0.02)
    assert found.gain == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize(("bits", "step"), [(16, 1 / 65535), (0, 0.0)])
def test_deeper_files_show_noise_that_8_bit_hides(camera: Any, bits: int, step: float) -> None:
    picture = camera.stored(camera.noisy(camera.scene(), 3, gain=1e-6, read=2e-4), bits)
    assert ratio(fit(flat_levels(picture, step), step, "x").model, 1e-6, 2e-4) == pytest.approx(1.0, abs=0.1)
    shallow = flat_levels(camera.stored(picture[..., 0]), STEP)
    with pytest.raises(DataError, match="hidden by rounding"):
        fit(shallow, STEP, "x")


def test_clipped_shadows_and_lights_do_not_bend_the_line(camera: Any) -> None:
    clean = 1.4 * camera.scene() - 0.2
    values = camera.noisy(clean.clip(0.0, None), 4, gain=0.0, read=0.08)
    found = fit(flat_levels(camera.stored(values), STEP), STEP, "x")
    assert found.left_out > 0
    assert ratio(found.model, 0.0, 0.08) == pytest.approx(1.0, abs=0.05)


def test_a_colour_picture_is_its_channels_together(camera: Any) -> None:
    picture = camera.stored(camera.noisy(camera.scene(), 5, gain=0.01, read=0.01))
    other = camera.stored(camera.noisy(camera.scene(1), 6, gain=0.01, read=0.01))
    both = flat_levels(np.concatenate([picture, other], axis=2), STEP)
    apart = joined([flat_levels(picture, STEP), flat_levels(other, STEP)])
    assert np.array_equal(both.variance, apart.variance)


def test_white_noise_is_distinguished_from_correlated_noise(camera: Any) -> None:
    import cv2

    def related(noise: Any) -> float:
        picture = camera.stored(camera.scene() + noise)
        return correlation(flat_levels(picture, STEP), flat_levels(picture, STEP, FARTHEST))

    white = 0.05 * np.random.default_rng(0).standard_normal((384, 512))
    assert related(white) == pytest.approx(1.0, abs=0.3)
    assert related(cv2.GaussianBlur(white, (0, 0), 1.0)) > CORRELATED


def test_without_noise_or_without_flat_areas_there_is_nothing_to_fit(camera: Any) -> None:
    for picture in (camera.stored(camera.scene()), np.zeros((300, 300, 1), np.float32), np.ones((9, 9, 1), np.float32)):
        with pytest.raises(DataError, match=r"photo\.png: no noise to fit"):
            fit(flat_levels(picture, STEP), STEP, "photo.png")
