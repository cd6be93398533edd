"""Known noise is found again in repeated shots, whatever the scene."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from burnish.errors import DataError
from burnish_degradations.calibration.fitting import fit, variance_of
from burnish_degradations.calibration.shots import scene_levels

STEP = 1 / 255


def shots_of(camera: Any, clean: Any, count: int, **noise: float) -> list[Any]:
    return [camera.stored(camera.noisy(clean, seed, **noise)) for seed in range(count)]


@pytest.mark.parametrize("count", [2, 4, 10])
@pytest.mark.parametrize(("gain", "read"), [(0.002, 0.01), (0.01, 0.02), (0.03, 0.01), (0.0, 0.05)])
def test_shots_give_the_noise_to_a_few_hundredths(camera: Any, count: int, gain: float, read: float) -> None:
    made = scene_levels(shots_of(camera, camera.scene(), count, gain=gain, read=read), "scene")
    model = fit(made.levels, STEP, "scene").model
    x = np.linspace(0.1, 0.95, 18)
    found = np.sqrt(variance_of(model, x) / (gain * x + read**2))
    assert found == pytest.approx(1.0, abs=0.06)
    assert made.correlation == pytest.approx(1.0, abs=0.15)
    assert not made.moved


def test_a_scene_that_is_texture_all_over_serves_as_well(camera: Any) -> None:
    clean = np.random.default_rng(0).uniform(0.1, 0.9, (256, 256))
    model = fit(scene_levels(shots_of(camera, clean, 6, gain=0.01, read=0.01), "s").levels, STEP, "s").model
    middle = np.array([0.5])
    assert np.sqrt(variance_of(model, middle)).item() == pytest.approx((0.005 + 1e-4) ** 0.5, rel=0.03)


def test_light_that_flickers_is_corrected_and_reported(camera: Any) -> None:
    clean = camera.scene()
    shots = [
        camera.stored(camera.noisy(clean * light, seed, gain=0.002, read=0.005))
        for seed, light in enumerate((1.0, 0.9, 0.95, 0.92))
    ]
    made = scene_levels(shots, "s")
    assert made.flicker == pytest.approx(np.std([1.0, 0.9, 0.95, 0.92]) / 0.9425, rel=0.02)
    model = fit(made.levels, STEP, "s").model
    assert np.sqrt(variance_of(model, np.array([0.5]))).item() == pytest.approx(0.001025**0.5, rel=0.08)


def test_pictures_of_different_things_are_no_shots(camera: Any) -> None:
    scenes = [camera.scene(), camera.scene()[::-1], camera.scene()[:, ::-1]]
    shots = [camera.stored(camera.noisy(clean, i, gain=0.01, read=0.01)) for i, clean in enumerate(scenes)]
    assert scene_levels(shots, "s").moved


def test_noise_that_is_correlated_in_the_picture_is_measured(camera: Any) -> None:
    import cv2

    clean, random = camera.scene(), np.random.default_rng(0)
    shots = [
        camera.stored(clean + 0.1 * cv2.GaussianBlur(random.standard_normal(clean.shape), (0, 0), 0.8))
        for _ in range(4)
    ]
    assert 2.0 < scene_levels(shots, "s").correlation < 30.0


@pytest.mark.parametrize(
    ("shapes", "fact"),
    [
        ([(20, 20, 1)], "holds one shot"),
        ([(20, 20, 1), (20, 24, 1)], "different sizes"),
        ([(6, 20, 1), (6, 20, 1)], "too small"),
    ],
)
def test_what_are_no_shots_is_refused_by_name(shapes: Any, fact: str) -> None:
    with pytest.raises(DataError, match=f"garden: .*{fact}"):
        scene_levels([np.full(shape, 0.5, np.float32) for shape in shapes], "garden")
