"""Deconvolution under a hyper-Laplacian prior: each step against its definition."""

import numpy as np
import pytest
from burnish_optical_flow.deblurring.hyper_laplacian import (
    HyperLaplacian,
    conjugate_gradients,
    gradient,
    gradient_adjoint,
)
from burnish_optical_flow.deblurring.motion_blur import MotionBlur


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("exponent", [0.5, 0.8, 1.0])
def test_shrinking_finds_the_least_value_of_its_objective(exponent: float) -> None:
    solver = HyperLaplacian(strength=0.02, penalty=0.1, exponent=exponent)
    slopes = np.linspace(-1.5, 1.5, 61, dtype=np.float32)
    grid = np.linspace(-2, 2, 40001)
    for slope, found in zip(slopes, solver.shrunk(slopes), strict=True):
        cost = 0.2 * np.abs(grid) ** exponent + 0.5 * (grid - slope) ** 2
        mine = 0.2 * abs(float(found)) ** exponent + 0.5 * (float(found) - slope) ** 2
        assert mine <= cost.min() + 1e-5


def test_the_gradients_transpose_is_its_transpose() -> None:
    x, across, down = draw(7, 9, 3), draw(7, 8, 3, seed=1), draw(6, 9, 3, seed=2)
    right, below = gradient(x)
    left = float((right * across).sum() + (below * down).sum())
    assert left == pytest.approx(float((x * gradient_adjoint(across, down)).sum()), rel=1e-4)


def test_conjugate_gradients_solve_each_channel_as_a_dense_solver_does() -> None:
    root = draw(12, 12)
    matrix = root @ root.T + 12 * np.eye(12, dtype=np.float32)
    wanted = draw(12, 1, 2, seed=1)
    found = conjugate_gradients(
        lambda z: np.tensordot(matrix, z, axes=1).astype(np.float32), wanted, np.zeros_like(wanted), iterations=40
    )
    np.testing.assert_allclose(found[:, 0], np.linalg.solve(matrix, wanted[:, 0]), atol=1e-4)


def test_nothing_is_made_of_nothing() -> None:
    blur = MotionBlur(np.zeros((6, 7, 2), np.float32))
    estimate = HyperLaplacian(strength=0.001)(blur, np.zeros((6, 7, 1), np.float32), np.zeros((*blur.domain, 1), "f4"))
    assert float(np.abs(estimate).max()) == 0


def test_a_known_blur_is_undone() -> None:
    clean = np.kron(np.random.default_rng(0).random((8, 9)), np.ones((6, 6)))[..., None].astype(np.float32)
    motion = np.zeros((*clean.shape[:2], 2), np.float32)
    motion[..., 0] = np.linspace(2, 7, clean.shape[1])
    motion[..., 1] = np.linspace(-3, 3, clean.shape[0])[:, None]
    blur = MotionBlur(motion)
    margin = ((blur.margin, blur.margin), (blur.margin, blur.margin), (0, 0))
    blurred = blur.A(np.pad(clean, margin, mode="edge"))
    estimate = HyperLaplacian(strength=0.0001)(blur, blurred, np.pad(blurred, margin, mode="edge"))
    inner = slice(blur.margin, -blur.margin)
    after = float(((estimate[inner, inner] - clean) ** 2).mean())
    assert after < 0.08 * float(((blurred - clean) ** 2).mean())
