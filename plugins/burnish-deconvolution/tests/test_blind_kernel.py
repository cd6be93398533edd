"""Fitting a kernel between two pictures' edges."""

import numpy as np
import torch
from burnish_deconvolution.blind.kernel import fit_kernel, minimise, normal_equations
from burnish_deconvolution.blind.latent import inner_gradients
from scipy.optimize import nnls
from scipy.signal import convolve2d


def scene(side: int = 48, seed: int = 0) -> torch.Tensor:
    return torch.rand(side, side, generator=torch.Generator().manual_seed(seed))


def shake(side: int = 7) -> torch.Tensor:
    kernel = torch.zeros(side, side)
    kernel[1, 2], kernel[2, 3], kernel[3, 3], kernel[4, 4] = 0.1, 0.4, 0.3, 0.2
    return kernel


def blurred(sharp: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(convolve2d(sharp.numpy(), kernel.numpy(), mode="same", boundary="symm"))


def test_the_kernel_between_a_picture_and_its_blur_by_scipy_is_found_with_its_orientation() -> None:
    sharp, kernel = scene(), shake()
    found = fit_kernel(inner_gradients(sharp), inner_gradients(blurred(sharp, kernel)), 7, weight=0.0)
    assert (found - kernel).abs().max() < 0.02


def test_the_normal_equations_are_those_of_the_dense_least_squares_problem() -> None:
    sharp, side = scene(14), 3
    gradients = inner_gradients(sharp)
    observed = inner_gradients(scene(14, seed=1))
    gram, correlation = normal_equations(gradients, observed, side)
    matrix, target = dense(gradients, observed, side)
    assert np.allclose(correlation.numpy().ravel(), matrix.T @ target, atol=1e-5)
    full = matrix.T @ matrix
    offsets = [(row, column) for row in range(side) for column in range(side)]
    for i, (down, right) in enumerate(offsets):
        for j, (other_down, other_right) in enumerate(offsets):
            lag = gram[side - 1 + down - other_down, side - 1 + right - other_right]
            assert np.isclose(float(lag), full[i, j], atol=1e-5)


def test_the_minimum_is_that_of_scipys_non_negative_least_squares() -> None:
    gradients, observed = inner_gradients(scene(14)), inner_gradients(scene(14, seed=1))
    gram, correlation = normal_equations(gradients, observed, 3)
    found = minimise(gram, correlation, weight=0.5, steps=500)
    matrix, target = dense(gradients, observed, 3)
    ridge = np.vstack([matrix, np.sqrt(0.5) * np.eye(9)])
    oracle, _ = nnls(ridge, np.concatenate([target, np.zeros(9)]))
    assert (oracle == 0).any()
    assert np.allclose(found.numpy().ravel(), oracle, atol=1e-6)


def test_a_picture_without_edges_gives_no_kernel_and_no_nan() -> None:
    flat = torch.full((20, 20), 0.5)
    found = fit_kernel(inner_gradients(flat), inner_gradients(flat), 5, weight=0.0)
    assert torch.equal(found, torch.zeros(5, 5))


def dense(
    gradients: tuple[torch.Tensor, torch.Tensor], observed: tuple[torch.Tensor, torch.Tensor], side: int
) -> tuple[np.ndarray, np.ndarray]:
    """The matrix whose columns are the inner edges moved by each of the kernel's offsets."""
    half, parts = side // 2, []
    for edges in gradients:
        inner = np.zeros(edges.shape)
        inner[half:-half, half:-half] = edges.numpy()[half:-half, half:-half]
        moved = [np.roll(inner, (row - half, column - half), (0, 1)) for row in range(side) for column in range(side)]
        parts.append(np.stack([part.ravel() for part in moved], axis=1))
    return np.concatenate(parts), np.concatenate([part.numpy().ravel() for part in observed])
