"""The latent picture of few edges."""

import torch
from burnish_deconvolution.blind.latent import (
    LatentPrior,
    darkened,
    divergence,
    gradient_power,
    gradients,
    inner_gradients,
    latent,
)

IMPULSE = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def edges(picture: torch.Tensor) -> int:
    right, down = gradients(picture)
    return int((right.square() + down.square() > 1e-6).sum())


def test_divergence_is_the_adjoint_of_the_gradients() -> None:
    x, right, down = noise(9, 12), noise(9, 12, seed=1), noise(9, 12, seed=2)
    forward = gradients(x)
    inner = (forward[0] * right).sum() + (forward[1] * down).sum()
    assert torch.isclose(inner, (x * divergence(right, down)).sum(), atol=1e-5)


def test_divergence_of_the_gradients_multiplies_the_spectrum_by_the_gradient_power() -> None:
    x = noise(10, 14).double()
    power = gradient_power((10, 14), x.device)
    expected = torch.fft.irfft2(torch.fft.rfft2(x) * power, s=(10, 14))
    assert torch.allclose(divergence(*gradients(x)), expected, atol=1e-6)


def test_inner_gradients_do_not_reach_around_the_border() -> None:
    right, down = inner_gradients(torch.arange(12.0).view(3, 4))
    assert torch.equal(right, torch.tensor([[1.0, 1, 1, 0]] * 3))
    assert torch.equal(down, torch.tensor([[4.0] * 4, [4.0] * 4, [0.0] * 4]))


def test_free_edges_leave_a_sharp_picture_as_it_is() -> None:
    x = noise(16, 16)
    assert torch.allclose(latent(x, IMPULSE, LatentPrior(gradient=1e-9)), x, atol=1e-4)


def test_dearer_edges_are_fewer_and_strong_ones_outlast_noise() -> None:
    step = torch.zeros(32, 32)
    step[8:24, 8:24] = 0.8
    blotted = step + 0.02 * torch.randn(32, 32, generator=torch.Generator().manual_seed(3))
    clean = latent(blotted, IMPULSE, LatentPrior(gradient=0.01))
    assert edges(clean.round(decimals=2)) <= 80 < edges(blotted)
    assert (clean - step).abs().mean() < 0.01


def test_the_darkest_pixel_of_each_patch_becomes_black_if_it_is_dark_enough() -> None:
    grey = torch.full((4, 8), 0.9)
    grey[1, 2], grey[3, 6] = 0.1, 0.5
    result = darkened(grey, threshold=0.04, patch=4)
    assert result[1, 2] == 0
    assert result[3, 6] == 0.5
    assert int((result == grey).sum()) == 31


def test_the_dark_prior_pulls_dark_pixels_to_black() -> None:
    grey = 0.5 + 0.4 * noise(24, 24)
    grey[4::8, 4::8] = 0.08
    without = latent(grey, IMPULSE, LatentPrior(gradient=1e-4))
    judged = latent(grey, IMPULSE, LatentPrior(gradient=1e-4, dark=0.1, patch=8))
    assert judged[4::8, 4::8].abs().mean() < 0.5 * without[4::8, 4::8].abs().mean()
