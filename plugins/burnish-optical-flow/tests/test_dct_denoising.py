"""Denoising by the cosine transform, and the noise level that it goes by."""

import numpy as np
import pytest
import torch
from burnish_optical_flow.bursts import dct_denoising
from burnish_optical_flow.bursts.dct_denoising import cosine_basis, dct_denoise, noise_level
from scipy.fft import dct


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_the_basis_is_scipys_orthonormal_dct() -> None:
    np.testing.assert_allclose(cosine_basis(8).numpy(), dct(np.eye(8), axis=0, norm="ortho"), atol=1e-12)


@pytest.mark.parametrize("size", [(1, 1), (7, 30), (33, 20)])
def test_an_even_picture_stays_at_any_size(size: tuple[int, int]) -> None:
    picture = torch.full((3, *size), 0.4)
    torch.testing.assert_close(dct_denoise(picture, 0.1), picture)


def test_without_noise_nothing_changes() -> None:
    picture = noise(3, 20, 20)
    assert torch.equal(dct_denoise(picture, 0.0), picture)


def test_most_of_the_noise_on_an_even_picture_goes() -> None:
    residue = dct_denoise(0.5 + 0.1 * noise(1, 80, 90), 0.1) - 0.5
    assert float(residue.std()) < 0.02


def test_strips_are_not_seen(monkeypatch) -> None:
    picture = noise(2, 61, 40)
    whole = dct_denoise(picture, 0.3)
    monkeypatch.setattr(dct_denoising, "STRIP", 16)
    torch.testing.assert_close(dct_denoise(picture, 0.3), whole)


@pytest.mark.parametrize("sigma", [0.01, 0.1])
def test_the_level_of_white_noise_on_a_ramp_is_found(sigma: float) -> None:
    ramp = torch.linspace(0, 1, 200)
    assert noise_level(ramp + sigma * noise(3, 150, 200)) == pytest.approx(sigma, rel=0.03)


def test_a_single_row_has_no_noise_level() -> None:
    assert noise_level(torch.rand(3, 1, 9)) == 0
