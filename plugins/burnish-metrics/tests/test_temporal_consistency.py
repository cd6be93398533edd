"""Flicker counts; errors that move with the scene do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.temporal_consistency import TemporalConsistency
from scipy import ndimage

SIGMA = 6.0


def _scene(height: int = 90, width: int = 130) -> np.ndarray:
    noise = np.random.default_rng(1).standard_normal((height, width))
    smooth = ndimage.gaussian_filter(noise, 2)
    return 128 + 45 * smooth / smooth.std()


def _panned(picture: np.ndarray, frames: int = 4, speed: int = 3) -> torch.Tensor:
    """The picture seen through a window that moves ``speed`` pixels a frame to the right."""
    wide = picture.shape[1] - speed * (frames - 1)
    clip = np.stack([picture[:, speed * t : speed * t + wide] for t in range(frames)])
    return torch.from_numpy(clip / 255).float()[None, :, None]


def _noise(shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * SIGMA / 255


def _score(estimate: torch.Tensor, reference: torch.Tensor) -> float:
    return TemporalConsistency(rounding="none")(estimate, reference).item()


def test_the_clean_clip_scores_zero_and_so_does_a_constant_error() -> None:
    clip = _panned(_scene())
    assert _score(clip, clip) == 0.0
    assert _score(clip + 0.1, clip) == pytest.approx(0.0, abs=1e-4)


def test_new_noise_in_every_frame_of_a_still_clip_has_the_closed_form() -> None:
    clip = _panned(_scene(), speed=0)
    assert _score(clip + _noise(clip.shape), clip) == pytest.approx(SIGMA * 2**0.5, rel=0.02)


def test_an_error_that_moves_with_the_scene_counts_far_less_than_one_that_stands_still() -> None:
    error = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal((90, 130)), 1.5)
    error *= SIGMA / error.std()
    clip = _panned(_scene())
    moving = _score(_panned(_scene() + error), clip)
    standing = _score(clip + torch.from_numpy(error[:, : clip.shape[-1]] / 255).float(), clip)
    assert moving < 0.15 * standing


def test_what_leaves_the_picture_is_not_counted() -> None:
    """The pan hides three columns a frame; whatever an estimate has there, the next frame cannot know it."""
    clip = _panned(_scene(), frames=2)
    disturbed = clip.clone()
    disturbed[:, 0, :, :, 0] += 0.5
    assert _score(disturbed, clip) == pytest.approx(0.0, abs=0.3)


def test_clips_of_a_batch_and_colours_are_scored_by_themselves() -> None:
    clip = _panned(_scene()).expand(2, -1, 3, -1, -1).clone()
    noisy = clip + _noise(clip.shape)
    both = TemporalConsistency()(noisy, clip)
    assert both[1:].tolist() == TemporalConsistency()(noisy[1:], clip[1:]).tolist()


def test_single_frames_and_pictures_are_refused() -> None:
    with pytest.raises(EvaluationError, match="two frames or more"):
        TemporalConsistency()(torch.zeros(1, 1, 3, 32, 32), torch.zeros(1, 1, 3, 32, 32))
    with pytest.raises(EvaluationError, match="received 1×3×32×32 and nothing"):
        TemporalConsistency()(torch.zeros(1, 3, 32, 32), None)
