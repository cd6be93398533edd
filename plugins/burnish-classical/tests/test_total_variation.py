"""Total variation reaches the minimum that scikit-image reaches; by the discrepancy principle it removes the noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_classical.total_variation import TotalVariation, denoise, divergence, gradient
from hypothesis import given
from hypothesis import strategies as st
from skimage.restoration import denoise_tv_chambolle


def _noisy(channels: int = 1, *, sigma: float = 0.1) -> torch.Tensor:
    clean = torch.zeros(2, channels, 40, 48)
    clean[..., 10:30, 12:36] = torch.linspace(0.4, 0.9, channels)[:, None, None]
    return clean + sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(channels))


def _energy(estimate: torch.Tensor, noisy: torch.Tensor, weight: float) -> float:
    length = gradient(estimate.double()).square().sum(dim=2).sqrt().sum()
    return float(0.5 * (estimate - noisy).double().square().sum() + weight * length)


@given(height=st.integers(1, 9), width=st.integers(1, 9))
def test_the_divergence_is_the_negative_transpose_of_the_gradient(height: int, width: int) -> None:
    draw = torch.Generator().manual_seed(height * 10 + width)
    picture = torch.randn(2, 3, height, width, generator=draw, dtype=torch.float64)
    field = torch.randn(2, 3, 2, height, width, generator=draw, dtype=torch.float64)
    assert torch.allclose((gradient(picture) * field).sum(), -(picture * divergence(field)).sum())


@pytest.mark.parametrize("weight", [0.05, 0.2])
def test_the_minimum_is_that_of_scikit_image(weight: float) -> None:
    noisy = _noisy()
    weights = torch.full((2, 1, 1, 1), weight)
    ours = denoise(noisy, weights, iterations=500, coupled=False)
    for picture, estimate in zip(noisy, ours, strict=True):
        oracle = denoise_tv_chambolle(picture[0].double().numpy(), weight=weight, eps=1e-9, max_num_iter=5000)
        assert np.abs(estimate[0].numpy() - oracle).max() < 0.03 * weight
        least = _energy(torch.from_numpy(oracle)[None, None], picture[None], weight)
        assert _energy(estimate[None], picture[None], weight) <= least * (1 + 1e-6)


def test_fifty_iterations_are_near_the_minimum() -> None:
    noisy, weights = _noisy(3), torch.full((2, 1, 1, 1), 0.1)
    few, many = (denoise(noisy, weights, iterations=count, coupled=True) for count in (50, 2000))
    assert float((few - many).square().mean().sqrt()) < 2e-3


def test_a_large_weight_leaves_the_mean_alone() -> None:
    noisy = _noisy()
    even = denoise(noisy, torch.full((2, 1, 1, 1), 100.0), iterations=3000, coupled=True)
    assert torch.allclose(even, noisy.mean(dim=(2, 3), keepdim=True).expand_as(noisy), atol=2e-3)


def test_coupled_channels_share_the_length_of_their_gradients() -> None:
    grey = _noisy()
    colour = grey.expand(-1, 3, -1, -1).contiguous()
    weights = torch.full((2, 1, 1, 1), 0.1)
    together = denoise(colour, weights * 3**0.5, iterations=200, coupled=True)
    alone = denoise(grey, weights, iterations=200, coupled=True)
    assert torch.allclose(together, alone.expand_as(together), atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_discrepancy_principle_removes_as_much_as_there_is_noise(channels: int) -> None:
    noisy, sigma = _noisy(channels), torch.tensor([0.1, 0.06])
    removed = TotalVariation(weight="discrepancy", iterations=100)(noisy, sigma=sigma) - noisy
    assert torch.allclose(removed.square().mean(dim=(1, 2, 3)).sqrt(), sigma, rtol=0.01)


@pytest.mark.parametrize("weight", ["sigma", "discrepancy"])
def test_each_picture_is_denoised_by_its_own_sigma_and_none_at_zero(weight: str) -> None:
    noisy = _noisy(3)
    restorer = TotalVariation(weight=weight)  # type: ignore[arg-type]
    both = restorer(noisy, sigma=torch.tensor([0.0, 0.1]))
    assert torch.equal(both[0], noisy[0])
    assert torch.equal(both[1:], restorer(noisy[1:], sigma=torch.tensor([0.1])))


def test_an_estimated_pixel_depends_on_the_receptive_field_alone() -> None:
    restorer = TotalVariation(iterations=6)
    reach = (restorer.receptive_field or 0) // 2
    picture = 0.3 * torch.rand(1, 1, 41, 41, generator=torch.Generator().manual_seed(0))
    changed = picture.clone()
    changed[..., 20, 20] += 1
    places = (restorer(changed, sigma=0.3) - restorer(picture, sigma=0.3))[0, 0].nonzero()
    assert (places - 20).abs().max() <= reach


def test_noise_falls_and_edges_stay() -> None:
    noisy = _noisy()
    clean = torch.zeros_like(noisy)
    clean[..., 10:30, 12:36] = 0.4
    assert float((TotalVariation()(noisy, sigma=0.1) - clean).std()) < 0.4 * float((noisy - clean).std())
