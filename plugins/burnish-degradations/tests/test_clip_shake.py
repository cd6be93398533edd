"""Frames are blurred by consecutive parts of one motion."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_degradations.blur.camera_shake import CameraShake
from burnish_degradations.blur.trajectories import SAMPLES, trajectories
from burnish_degradations.frames.clip_shake import ClipShake
from scipy import signal


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(4)


def _clip(frames: int = 4) -> torch.Tensor:
    return torch.rand(2, frames, 3, 40, 46, generator=torch.Generator().manual_seed(0))


def _drawn(shake: ClipShake, clips: int = 2) -> dict[str, object]:
    return shake.draw((clips, 4, 3, 8, 8), _generator())


def test_every_frame_is_scipys_convolution_with_its_kernel() -> None:
    shake = ClipShake(length=[5.0, 12.0], boundary="valid")
    made = shake(_clip(), _generator())
    kernels = shake.kernels(made.parameters, 4)
    for clip in range(2):
        for frame in range(4):
            picture = _clip()[clip, frame, 1].double().numpy()
            wanted = signal.convolve2d(picture, kernels[clip, frame], mode="valid")
            assert np.abs(made.degraded[clip, frame, 1].numpy() - wanted).max() < 1e-5
    reach = shake.side // 2
    assert torch.equal(made.target, _clip()[..., reach:-reach, reach:-reach])


def test_kernels_are_non_negative_centred_and_sum_to_one() -> None:
    shake = ClipShake()
    kernels = shake.kernels(_drawn(shake), 5)
    place = np.arange(shake.side) - shake.side // 2
    assert kernels.shape == (2, 5, shake.side, shake.side)
    assert kernels.min() >= 0
    assert np.allclose(kernels.sum(axis=(2, 3)), 1)
    assert np.abs((kernels.sum(axis=2) * place).sum(axis=2)).max() < 1e-9
    assert np.abs((kernels.sum(axis=3) * place).sum(axis=2)).max() < 1e-9


def test_the_motion_goes_on_where_the_frame_before_ended_at_the_same_speed() -> None:
    x, y = trajectories([3, 8], [0.01, 0.0], [10.0, 4.0], exposures=3)
    assert x.shape == (2, 3 * (SAMPLES - 1) + 1)
    travelled = np.hypot(np.diff(x), np.diff(y)).sum(axis=1)
    assert travelled.tolist() == pytest.approx([30.0, 12.0], rel=1e-9)
    assert float(np.hypot(np.diff(x), np.diff(y)).max()) == pytest.approx(10.0 / (SAMPLES - 1), rel=1e-9)


def test_a_single_frame_is_a_camera_shake() -> None:
    drawn = {"length": [9.0], "anxiety": [0.01], "exposure": [0.7], "seed": [5]}
    assert np.allclose(ClipShake().kernels(drawn, 1)[0, 0], _cut(CameraShake(length=20.0).kernels(drawn)[0]))


def _cut(kernel: np.ndarray) -> np.ndarray:
    extra = (len(kernel) - ClipShake().side) // 2
    return kernel[extra : len(kernel) - extra, extra : len(kernel) - extra]


def test_a_calm_hand_blurs_neighbouring_frames_more_alike_than_other_clips() -> None:
    shake = ClipShake(length=12.0, anxiety=0.0005, exposure=1.0)
    kernels = shake.kernels(_drawn(shake, 40), 3).reshape(40, 3, -1)
    kernels = kernels / np.linalg.norm(kernels, axis=2, keepdims=True)
    neighbours = np.median((kernels[:, 0] * kernels[:, 1]).sum(axis=1))
    strangers = np.median((kernels[:, 0] * np.roll(kernels[:, 0], 1, axis=0)).sum(axis=1))
    assert neighbours > strangers + 0.1


def test_noise_is_that_of_the_clip_and_new_in_every_frame() -> None:
    made = ClipShake(length=0.0, noise=[0.02, 0.1])(torch.full((2, 3, 1, 90, 90), 0.5), _generator())
    assert made.degraded.std(dim=(1, 2, 3, 4)).tolist() == pytest.approx(made.conditions["sigma"].tolist(), rel=0.03)
    noise = made.degraded[0].flatten(1) - 0.5
    assert float((torch.corrcoef(noise) - torch.eye(3)).abs().max()) < 0.05
