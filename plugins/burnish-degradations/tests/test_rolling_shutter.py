"""Rows come from the times that the readout says; a moving edge is skewed by its speed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.errors import DataError
from burnish_degradations.frames.rolling_shutter import RollingShutter
from scipy import interpolate

GENERATOR = torch.Generator().manual_seed(0)


def _clip(frames: int = 9) -> torch.Tensor:
    return torch.rand(2, frames, 3, 12, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("readout", [0.0, 0.7, 2.0, 3.3, -1.5])
def test_every_row_is_scipys_linear_interpolation_between_frames(readout: float) -> None:
    shutter = RollingShutter(readout=readout)
    made = shutter(_clip(), GENERATOR)
    scene = interpolate.make_interp_spline(np.arange(9), _clip().double().numpy(), k=1, axis=1)
    for index, time in enumerate(range(shutter.margin, 9 - shutter.margin)):
        for row in range(12):
            then = scene(time + readout * (row / 11 - 0.5))
            assert np.abs(made.degraded[:, index, :, row].numpy() - then[:, :, row]).max() < 1e-6
    assert torch.equal(made.target, _clip()[:, shutter.margin : 9 - shutter.margin])


def test_a_ramp_that_moves_is_skewed_by_speed_times_delay() -> None:
    """Brightness 0.1·(x − 2t): at row r it is that of x − 2·readout·(r/(H−1) − ½)."""
    time, across = torch.arange(7.0)[:, None], torch.arange(8.0)
    clip = (0.1 * (across - 2.0 * time))[None, :, None, None, :].expand(1, 7, 1, 11, 8)
    made = RollingShutter(readout=3.0)(clip, GENERATOR)
    moved = -0.1 * 2.0 * 3.0 * (torch.arange(11) / 10 - 0.5)
    assert torch.allclose(made.degraded - made.target, moved[:, None].expand(1, 3, 1, 11, 8), atol=1e-5)


def test_a_still_clip_and_an_instant_readout_change_nothing() -> None:
    still = _clip(1).expand(-1, 5, -1, -1, -1)
    made = RollingShutter(readout=[0.5, 4.0])(still, GENERATOR)
    assert torch.allclose(made.degraded, made.target, atol=1e-6)
    assert torch.equal(RollingShutter(readout=0.0)(_clip(), GENERATOR).degraded, _clip())


def test_each_clip_has_a_readout_of_its_own_and_noise_as_recorded() -> None:
    made = RollingShutter(readout=[0.0, 2.0], noise=0.1)(torch.zeros(2, 3, 1, 80, 80), GENERATOR)
    assert len(set(made.parameters["readout"])) == 2
    assert float(made.degraded.std()) == pytest.approx(0.1, rel=0.03)
    assert made.conditions["sigma"].tolist() == pytest.approx([0.1, 0.1])


def test_a_clip_that_ends_before_the_readout_is_refused() -> None:
    with pytest.raises(DataError, match="2 frames is too short for this readout, which needs 3"):
        RollingShutter(readout=1.0)(_clip(2), GENERATOR)
