"""The guided filter equals its definition, window by window, and behaves as a smoother that keeps edges."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_classical.guided_filter import GuidedFilter, guided
from numpy.typing import NDArray


def _by_definition(
    guide: NDArray[np.float64], picture: NDArray[np.float64], radius: int, epsilon: float
) -> NDArray[np.float64]:
    """A ridge regression in every window, by least squares; each pixel takes the mean of what they all predict."""
    count, height, width = guide.shape
    total, votes = np.zeros_like(picture), np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            window = (slice(max(y - radius, 0), y + radius + 1), slice(max(x - radius, 0), x + radius + 1))
            inputs = np.stack([plane[window].ravel() for plane in guide])
            wanted = np.stack([plane[window].ravel() for plane in picture])
            pixels = inputs.shape[1]
            penalty = np.sqrt(epsilon * pixels) * np.eye(count)
            centred = inputs - inputs.mean(axis=1, keepdims=True)
            system = np.vstack([centred.T, penalty])
            right = np.vstack([(wanted - wanted.mean(axis=1, keepdims=True)).T, np.zeros((count, len(picture)))])
            slopes = np.linalg.lstsq(system, right)[0]
            predicted = slopes.T @ centred + wanted.mean(axis=1, keepdims=True)
            total[(slice(None), *window)] += predicted.reshape(len(picture), *picture[(0, *window)].shape)
            votes[window] += 1
    return total / votes


@pytest.mark.parametrize("radius", [1, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_follows_the_definition_with_windows_cut_at_the_border(channels: int, radius: int) -> None:
    picture = torch.rand(1, channels, 9, 12, generator=torch.Generator().manual_seed(1))
    planes = picture[0].double().numpy()
    # The paper averages slopes and offsets over the windows that hold a pixel, which is the mean of their predictions.
    oracle = _by_definition(planes, planes, radius, (2.0 * 0.1) ** 2)
    assert np.abs(GuidedFilter(radius=radius, strength=2.0)(picture, sigma=0.1)[0].numpy() - oracle).max() < 1e-6


def test_a_guide_of_another_kind_follows_the_definition_too() -> None:
    draw = np.random.default_rng(0)
    guide, picture = draw.random((3, 8, 10)), draw.random((2, 8, 10))
    assert np.abs(guided(guide, picture, 2, 0.01) - _by_definition(guide, picture, 2, 0.01)).max() < 1e-10


def test_each_channel_by_itself_is_the_same_as_three_grey_pictures() -> None:
    picture = torch.rand(1, 3, 20, 25, generator=torch.Generator().manual_seed(2))
    apart = GuidedFilter()(picture.transpose(0, 1), sigma=0.1).transpose(0, 1)
    assert torch.allclose(GuidedFilter(guide="channel")(picture, sigma=0.1), apart, atol=1e-6)


def test_noise_falls_and_edges_stay() -> None:
    step = torch.zeros(1, 1, 64, 64)
    step[..., 32:] = 1.0
    noisy = step + 0.05 * torch.randn(step.shape, generator=torch.Generator().manual_seed(0))
    restored = GuidedFilter()(noisy, sigma=0.05)
    assert float((restored - step).std()) < 0.5 * 0.05
    assert float(restored[..., 31].mean()) < 0.03


def test_each_picture_is_filtered_by_its_own_sigma_and_none_at_zero() -> None:
    picture = torch.rand(2, 3, 20, 20, generator=torch.Generator().manual_seed(2))
    both = GuidedFilter()(picture, sigma=torch.tensor([0.0, 0.1]))
    assert torch.equal(both[0], picture[0])
    assert torch.equal(both[1:], GuidedFilter()(picture[1:], sigma=torch.tensor([0.1])))
