"""The posterior against integration over all values, and against the textbook's matrices."""

from __future__ import annotations

import pytest
import torch
from burnish_self_supervised.methods.posterior import Prior, negative_log_likelihood, posterior_mean
from torch import Tensor
from torch.distributions import MultivariateNormal


def case(channels: int, seed: int = 0, pixels: int = 5) -> tuple[Tensor, Prior, Tensor]:
    """Noisy values, a prior and variances of noise: 2,C,1,W in float64."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(planes: int) -> Tensor:
        return torch.rand(2, planes, 1, pixels, generator=generator, dtype=torch.float64)

    prior = Prior(mean=drawn(channels), root=0.1 + 0.2 * drawn(channels * (channels + 1) // 2))
    return drawn(channels), prior, 0.005 + 0.03 * drawn(channels)


def matrices(prior: Prior) -> Tensor:
    """Σ of every pixel: 2,1,W,C,C."""
    channels = prior.mean.shape[1]
    root = torch.zeros(*prior.mean.permute(0, 2, 3, 1).shape, channels, dtype=torch.float64)
    rows, columns = torch.tril_indices(channels, channels)
    root[..., rows, columns] = prior.root.permute(0, 2, 3, 1)
    return root @ root.transpose(-1, -2)


def log_normal(values: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    return -0.5 * (values - mean).square() / variance - 0.5 * (2 * torch.pi * variance).log()


def test_of_grey_pictures_it_is_the_integral_over_all_clean_values() -> None:
    degraded, prior, variance = case(1)
    grid = torch.linspace(-2, 3, 20001, dtype=torch.float64)
    y, mean, noise = (each[..., None] for each in (degraded, prior.mean, variance))
    joint = (log_normal(grid, mean, prior.root[..., None].square()) + log_normal(y, grid, noise)).exp()
    evidence = torch.trapezoid(joint, grid, dim=-1)
    expected = torch.trapezoid(joint * grid, grid, dim=-1) / evidence
    assert torch.allclose(posterior_mean(degraded, prior, variance), expected, atol=1e-9)
    likelihood = -evidence.log().flatten(1).mean(dim=1)
    assert torch.allclose(negative_log_likelihood(degraded, prior, variance), likelihood, atol=1e-9)


def test_of_two_channels_it_is_the_integral_over_all_clean_colours() -> None:
    degraded, prior, variance = case(2, pixels=1)
    line = torch.linspace(-2, 3, 1001, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(line, line, indexing="ij"), dim=-1)
    for picture in range(2):
        known = MultivariateNormal(prior.mean[picture, :, 0, 0], matrices(prior)[picture, 0, 0])
        noise = log_normal(degraded[picture, :, 0, 0], grid, variance[picture, :, 0, 0]).sum(-1)
        joint = (known.log_prob(grid) + noise).exp()
        expected = (joint[..., None] * grid).sum((0, 1)) / joint.sum()
        assert torch.allclose(posterior_mean(degraded, prior, variance)[picture, :, 0, 0], expected, atol=1e-6)
        evidence = float((joint.sum() * float(line[1] - line[0]) ** 2).log())
        found = float(negative_log_likelihood(degraded, prior, variance)[picture])
        assert found == pytest.approx(-evidence / 2, abs=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_it_is_the_textbook_s_formula(channels: int) -> None:
    degraded, prior, variance = case(channels, seed=3)
    covariance = matrices(prior)
    noise = torch.diag_embed(variance.permute(0, 2, 3, 1))
    mean, y = prior.mean.permute(0, 2, 3, 1), degraded.permute(0, 2, 3, 1)
    precision = covariance.inverse() + noise.inverse()
    right = covariance.inverse() @ mean[..., None] + noise.inverse() @ y[..., None]
    expected = torch.linalg.solve(precision, right)[..., 0].permute(0, 3, 1, 2)
    assert torch.allclose(posterior_mean(degraded, prior, variance), expected, atol=1e-9)
    density = MultivariateNormal(mean, covariance + noise).log_prob(y)
    likelihood = -density.flatten(1).mean(1) / channels
    assert torch.allclose(negative_log_likelihood(degraded, prior, variance), likelihood, atol=1e-9)


def test_no_noise_gives_the_pixel_and_endless_noise_the_prior() -> None:
    degraded, prior, variance = case(3)
    assert torch.allclose(posterior_mean(degraded, prior, 1e-12 * variance), degraded, atol=1e-6)
    assert torch.allclose(posterior_mean(degraded, prior, 1e12 * variance), prior.mean, atol=1e-6)


def test_the_likelihood_is_largest_at_the_true_level_of_the_noise() -> None:
    generator = torch.Generator().manual_seed(1)
    shape = (1, 1, 300, 300)
    prior = Prior(mean=torch.full(shape, 0.5), root=torch.full(shape, 0.05))
    degraded = 0.5 + 0.05 * torch.randn(shape, generator=generator) + 0.1 * torch.randn(shape, generator=generator)
    levels = (0.08, 0.1, 0.12)
    losses = [float(negative_log_likelihood(degraded, prior, torch.full(shape, level**2))) for level in levels]
    assert losses[1] == min(losses)


def test_colours_that_are_almost_one_line_stay_finite_in_float32() -> None:
    """Rounding may make a pivot negative; then neither value nor gradient may be lost."""
    generator = torch.Generator().manual_seed(0)
    root = (50.0 * torch.rand(1, 1, 64, 64, generator=generator)).repeat(1, 6, 1, 1)
    root[:, [2, 5]] *= 1e-6
    root.requires_grad_()
    prior = Prior(mean=torch.rand(1, 3, 64, 64, generator=generator), root=root)
    degraded, variance = torch.rand(1, 3, 64, 64, generator=generator), torch.full((1, 3, 64, 64), 1e-6)
    loss = negative_log_likelihood(degraded, prior, variance).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    assert bool(loss.isfinite())
    assert root.grad is not None
    assert bool(root.grad.isfinite().all())
    assert bool(posterior_mean(degraded, prior, variance).isfinite().all())
