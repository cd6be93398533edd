"""Muon: orthogonal steps of matrices, Adam's steps of the rest."""

from __future__ import annotations

import copy

import pytest
import torch
from burnish.training.optim.muon import Muon, is_matrix, orthogonalised
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn


@given(rows=st.integers(2, 12), columns=st.integers(2, 40), seed=st.integers(0, 1000), exponent=st.integers(-6, 6))
def test_orthogonalised_keeps_the_singular_vectors_and_brings_the_values_near_one(
    rows: int, columns: int, seed: int, exponent: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    left = torch.linalg.qr(torch.randn(rows, rows, generator=generator, dtype=torch.float64))[0]
    right = torch.linalg.qr(torch.randn(columns, columns, generator=generator, dtype=torch.float64))[0]
    rank = min(rows, columns)
    values = torch.logspace(0, -1.5, rank, dtype=torch.float64)  # a condition number of 30
    matrix = (left[:, :rank] * values) @ right[:rank] * 10.0**exponent
    step = orthogonalised(matrix[None])[0]
    inside = left[:, :rank].T @ step @ right[:rank].T
    torch.testing.assert_close(inside, torch.diag(inside.diagonal()), atol=2e-3, rtol=0.0)
    assert inside.diagonal().min() > 0.5
    assert inside.diagonal().max() < 1.3


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="this torch has no Muon of its own")
def test_matrices_take_the_steps_of_torchs_own_muon() -> None:
    start = torch.randn(24, 60, generator=torch.Generator().manual_seed(0))
    mine, theirs = (nn.Parameter(start.clone()) for _ in range(2))
    optimizers = (
        Muon([mine], lr=0.02, weight_decay=0.1),
        torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
    )
    for step in range(5):
        gradient = torch.randn(24, 60, generator=torch.Generator().manual_seed(1 + step))
        for weight, optimizer in zip((mine, theirs), optimizers, strict=True):
            weight.grad = gradient.clone()
            optimizer.step()
    moved = (theirs - start).norm()
    assert (mine - theirs).norm() < 0.02 * moved  # theirs rounds to bfloat16


def test_what_is_no_matrix_takes_the_steps_of_torchs_adam() -> None:
    bias, depthwise = torch.randn(7), torch.randn(6, 1, 3, 3)
    mine = [nn.Parameter(tensor.clone()) for tensor in (bias, depthwise)]
    theirs = [nn.Parameter(tensor.clone()) for tensor in (bias, depthwise)]
    optimizers = (
        Muon(mine, lr=0.01, weight_decay=0.1),
        torch.optim.AdamW(theirs, lr=0.01, weight_decay=0.1, betas=(0.9, 0.95)),
    )
    for step in range(5):
        for weights, optimizer in zip((mine, theirs), optimizers, strict=True):
            for weight in weights:
                weight.grad = torch.sin(torch.arange(float(weight.numel())).reshape(weight.shape) * (1 + step))
            optimizer.step()
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("shape", "matrix"),
    [((8, 3, 3, 3), True), ((8, 4), True), ((8, 1, 3, 3), False), ((1, 8, 1, 1), False), ((8,), False), ((), False)],
)
def test_depthwise_filters_scales_and_biases_are_no_matrices(shape: tuple[int, ...], matrix: bool) -> None:
    assert is_matrix(torch.zeros(shape)) is matrix


def test_it_goes_on_exactly_from_its_saved_state() -> None:
    def network() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 1))

    def advance(module: nn.Module, optimizer: Muon, steps: range) -> None:
        for step in steps:
            optimizer.zero_grad()
            picture: Tensor = torch.rand(1, 2, 9, 9, generator=torch.Generator().manual_seed(step))
            module(picture).square().mean().backward()
            optimizer.step()

    through = network()
    advance(through, Muon(through.parameters(), lr=0.01), range(6))
    first = network()
    optimizer = Muon(first.parameters(), lr=0.01)
    advance(first, optimizer, range(3))
    second = copy.deepcopy(first)
    resumed = Muon(second.parameters(), lr=0.5)
    resumed.load_state_dict(optimizer.state_dict())
    advance(second, resumed, range(3, 6))
    for one, other in zip(through.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_weights_without_gradient_stay() -> None:
    still, moving = nn.Parameter(torch.ones(3, 3)), nn.Parameter(torch.ones(3, 3))
    moving.grad = torch.eye(3)
    Muon([still, moving], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(still, torch.ones(3, 3))
    assert not torch.equal(moving, torch.ones(3, 3))
