"""Random trajectories behave as the model says: lengths, straightness without anxiety, spread with exposure."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_degradations.blur.camera_shake import CameraShake
from burnish_degradations.blur.trajectories import SAMPLES, trajectories
from hypothesis import given, settings
from hypothesis import strategies as st

MANY = range(200)


def _moment_of_inertia(kernels: np.ndarray) -> np.ndarray:
    place = np.arange(kernels.shape[-1]) - kernels.shape[-1] // 2
    distance = place[:, None] ** 2 + place**2
    return (kernels * distance).sum(axis=(1, 2))


def _kernels(**settings: float) -> np.ndarray:
    shake = CameraShake(**settings)
    return shake.kernels(shake.draw_kernels(200, torch.Generator().manual_seed(0)))


@settings(deadline=None, max_examples=25)
@given(
    length=st.floats(0, 60),
    anxiety=st.floats(0, 1),
    exposure=st.floats(0.001, 1),
    seed=st.integers(0, 2**31),
)
def test_kernels_are_non_negative_odd_centred_and_sum_to_one(
    length: float, anxiety: float, exposure: float, seed: int
) -> None:
    shake = CameraShake(length=length, anxiety=anxiety, exposure=exposure)
    kernel = shake.kernels(shake.draw_kernels(2, torch.Generator().manual_seed(seed)))
    place = np.arange(shake.side) - shake.side // 2
    assert shake.side % 2 == 1
    assert kernel.min() >= 0
    assert kernel.sum(axis=(1, 2)) == pytest.approx([1, 1], abs=1e-12)
    assert (kernel.sum(axis=1) * place).sum(axis=1) == pytest.approx([0, 0], abs=1e-9)
    assert (kernel.sum(axis=2) * place).sum(axis=1) == pytest.approx([0, 0], abs=1e-9)


def test_every_path_has_the_declared_length_whatever_the_anxiety() -> None:
    for anxiety in (0.0, 0.02, 0.5):
        x, y = trajectories(list(MANY), [anxiety] * 200, [20.0] * 200)
        assert x.shape == (200, SAMPLES)
        travelled = np.hypot(np.diff(x), np.diff(y)).sum(axis=1)
        assert travelled == pytest.approx(np.full(200, 20.0), rel=1e-9)


def test_without_anxiety_the_path_is_straight_in_any_direction() -> None:
    x, y = trajectories(list(MANY), [0.0] * 200, [20.0] * 200)
    assert np.hypot(x[:, -1], y[:, -1]) == pytest.approx(np.full(200, 20.0), rel=1e-9)
    angles = np.arctan2(y[:, -1], x[:, -1])
    counts, _ = np.histogram(angles, bins=8, range=(-np.pi, np.pi))
    assert counts.min() > 10


def test_a_nervous_hand_strays_less_far_on_a_path_of_equal_length() -> None:
    spread = []
    for anxiety in (0.0, 0.005, 0.05, 0.5):
        x, y = trajectories(list(MANY), [anxiety] * 200, [20.0] * 200)
        spread.append(float(np.median(np.hypot(np.ptp(x, axis=1), np.ptp(y, axis=1)))))
    assert spread[0] == pytest.approx(20.0, rel=1e-9)
    assert spread[0] > spread[1] > spread[2] > spread[3]


def test_abrupt_shakes_reverse_the_motion() -> None:
    x, y = trajectories(list(MANY), [0.1] * 200, [20.0] * 200)
    vx, vy = np.diff(x), np.diff(y)
    calm_x, calm_y = trajectories(list(MANY), [0.001] * 200, [20.0] * 200)
    calm_vx, calm_vy = np.diff(calm_x), np.diff(calm_y)
    turned = (vx[:, 1:] * vx[:, :-1] + vy[:, 1:] * vy[:, :-1]) < 0
    calm_turned = (calm_vx[:, 1:] * calm_vx[:, :-1] + calm_vy[:, 1:] * calm_vy[:, :-1]) < 0
    assert turned.mean() > 20 * max(calm_turned.mean(), 1e-6)


def test_a_longer_exposure_blurs_more() -> None:
    spread = [
        float(np.median(_moment_of_inertia(_kernels(length=24.0, anxiety=0.02, exposure=exposure))))
        for exposure in (0.1, 0.3, 1.0)
    ]
    assert spread[0] < spread[1] < spread[2]


def test_a_part_of_the_exposure_sees_the_beginning_of_the_same_path() -> None:
    x, y = trajectories([5], [0.05], [20.0])
    again_x, again_y = trajectories([9, 5, 1], [0.5, 0.05, 0.0], [3.0, 20.0, 9.0])
    assert np.array_equal(x[0], again_x[1])
    assert np.array_equal(y[0], again_y[1])


def test_kernels_differ_from_picture_to_picture() -> None:
    kernels = _kernels(length=20.0, anxiety=0.05)
    assert len({kernel.tobytes() for kernel in kernels}) == 200
