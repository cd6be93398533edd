"""The quadratic problem against the dense normal equations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_deconvolution.model.blur import Blur, picture, spectrum
from burnish_deconvolution.model.canvas import canvas_for
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.solvers.quadratic import DataTerm
from burnish_deconvolution.solvers.wiener import gradient_power
from torch import Tensor

NOISE = torch.full((1, 1, 1, 1), 0.01)


def dense(function: object, size: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The matrix of a linear map of pictures."""
    units = torch.eye(size[0] * size[1], dtype=torch.float64).reshape(-1, 1, *size)
    return function(units).reshape(len(units), -1).T.numpy()  # type: ignore[operator, no-any-return]


@pytest.mark.parametrize("boundary", ["circular", "unknown"])
def test_the_solution_is_that_of_the_dense_normal_equations(boundary: str) -> None:
    generator = torch.Generator().manual_seed(0)
    kernel = torch.rand(1, 5, 5, generator=generator, dtype=torch.float64)
    kernel /= kernel.sum()
    degraded = torch.rand(1, 1, 8, 9, generator=generator, dtype=torch.float64)
    canvas = canvas_for(8, 9, side=5, boundary=boundary)  # type: ignore[arg-type]
    blur, mask = Blur(kernel, canvas), canvas.mask(degraded)
    data = DataTerm(blur, Recorded(degraded, canvas), NOISE, steps=60)
    slope = gradient_power(canvas.size, degraded)

    def curvature(x: Tensor) -> Tensor:
        return picture(slope * spectrum(x), canvas.size)

    blurring = dense(blur.forward, canvas.size)
    weights = np.ones(blurring.shape[0]) if mask is None else mask.flatten().numpy()
    system = blurring.T @ (weights[:, None] * blurring) + 0.05 * dense(curvature, canvas.size)
    expected = np.linalg.solve(system, blurring.T @ canvas.place(degraded).flatten().numpy())
    found = picture(data.solve(0.05 * slope, None, spectrum(canvas.extend(degraded))), canvas.size)
    assert np.allclose(found.flatten(), expected, atol=1e-6)


def test_a_perfect_guess_stays() -> None:
    scene = torch.rand(1, 1, 20, 20, dtype=torch.float64)
    kernel = torch.full((1, 3, 3), 1 / 9, dtype=torch.float64)
    canvas = canvas_for(18, 18, side=3, boundary="unknown")
    blur = Blur(kernel, canvas)
    degraded = canvas.crop(blur.forward(scene))
    tied = torch.full((1, 1, 1, 1), 0.1, dtype=torch.float64)
    guess = spectrum(scene)
    found = DataTerm(blur, Recorded(degraded, canvas), NOISE, steps=5).solve(tied, tied * guess, guess)
    assert torch.allclose(found, guess, atol=1e-9)
