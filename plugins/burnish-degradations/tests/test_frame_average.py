"""Averages of frames are those of light or of values, about the target frame, as far apart as asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import ConfigError, DataError
from burnish_degradations.frames.frame_average import FrameAverage
from scipy import ndimage


def _clip(frames: int = 11) -> torch.Tensor:
    return torch.rand(2, frames, 3, 6, 7, generator=torch.Generator().manual_seed(0))


def _made(clip: torch.Tensor, **config: Any) -> Any:
    return FrameAverage(**config)(clip, torch.Generator().manual_seed(3))


@pytest.mark.parametrize(("window", "step"), [(3, 1), (5, 1), (5, 2), (1, 1), (7, 7), (11, 3)])
def test_values_are_averaged_as_scipys_uniform_filter_averages_them(window: int, step: int) -> None:
    made = _made(_clip(), window=window, step=step, gamma=1.0)
    filtered = ndimage.uniform_filter1d(_clip().double().numpy(), window, axis=1)
    inside = slice(window // 2, 11 - window // 2, step)
    assert np.abs(made.degraded.numpy() - filtered[:, inside]).max() < 1e-6
    assert torch.equal(made.target, _clip()[:, inside])


def test_light_is_averaged_by_its_power() -> None:
    made = _made(_clip(3), window=3)
    assert torch.allclose(made.degraded[:, 0], (_clip(3) ** 2.2).mean(dim=1) ** (1 / 2.2), atol=1e-6)
    assert bool((made.degraded >= _made(_clip(3), window=3, gamma=1.0).degraded).all())


def test_without_a_step_exposures_follow_each_other() -> None:
    made = _made(_clip(11), window=5)
    assert torch.equal(made.target, _clip(11)[:, [2, 7]])


def test_a_still_clip_stays_as_it_is() -> None:
    still = _clip(1).expand(-1, 9, -1, -1, -1)
    made = _made(still, window=[3, 7])
    assert torch.allclose(made.degraded, made.target, atol=1e-6)


def test_each_clip_has_an_odd_window_of_its_own_about_the_same_frames() -> None:
    clip = torch.rand(200, 7, 1, 1, 1, generator=torch.Generator().manual_seed(0))
    made = _made(clip, window=[1, 7], gamma=1.0)
    windows = made.parameters["window"]
    assert set(windows) == {1, 3, 5, 7}
    for index, window in enumerate(windows):
        mean = clip[index, 3 - window // 2 : 4 + window // 2].mean()
        assert float(made.degraded[index]) == pytest.approx(float(mean), abs=1e-6)
    assert torch.equal(made.target, clip[:, 3:4])


def test_noise_is_added_to_the_average_with_the_recorded_deviation() -> None:
    clip = torch.full((2, 3, 1, 100, 100), 0.5)
    made = _made(clip, window=3, noise=[0.01, 0.1])
    assert made.degraded.std(dim=(1, 2, 3, 4)).tolist() == pytest.approx(made.conditions["sigma"].tolist(), rel=0.03)


def test_short_clips_and_even_windows_are_refused() -> None:
    with pytest.raises(DataError, match="4 frames is too short to average 5"):
        _made(_clip(4))
    with pytest.raises(ConfigError, match="no middle frame"):
        FrameAverage(window=4)
