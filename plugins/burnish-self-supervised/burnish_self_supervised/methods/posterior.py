"""A pixel's colour by Bayes: a Gaussian of what its surroundings say, and its own noisy value.

Laine et al. 2019 (arXiv 1901.10277), equations 4 to 6: prior N(μ, Σ), noise N(0, V) with V diagonal. All pixels at
once; a pixel's C×C matrices are nested lists of N,H,W planes, for C of 1 to 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

Planes = list[list[Tensor]]
"""A lower triangular matrix: row i has i + 1 planes."""

LEAST = 1e-12
"""Pivots below this, which only rounding makes, count as this."""


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What the surroundings of every pixel say about it."""

    mean: Tensor
    """μ, N,C,H,W."""
    root: Tensor
    """The lower triangle A of Σ = A Aᵀ row by row, N,C(C+1)/2,H,W."""


def posterior_mean(degraded: Tensor, prior: Prior, variance: Tensor) -> Tensor:
    """``μ + Σ (Σ + V)⁻¹ (y − μ)`` for y and its noise's variance N,C,H,W: the same shape."""
    covariance = _covariance(prior)
    factor = _cholesky(_noisy(covariance, variance))
    solved = _transposed_solve(factor, _solve(factor, list((degraded - prior.mean).unbind(1))))
    channels = range(len(solved))
    moved = [
        sum((covariance[max(i, j)][min(i, j)] * solved[j] for j in channels[1:]), covariance[i][0] * solved[0])
        for i in channels
    ]
    return torch.stack(moved, dim=1) + prior.mean


def negative_log_likelihood(degraded: Tensor, prior: Prior, variance: Tensor) -> Tensor:
    """``−log N(y; μ, Σ + V) / C``, the mean over the pixels of every picture: N, in nats per value."""
    factor = _cholesky(_noisy(_covariance(prior), variance))
    whitened = _solve(factor, list((degraded - prior.mean).unbind(1)))
    each = [0.5 * value.square() + factor[i][i].log() for i, value in enumerate(whitened)]
    return torch.stack(each, dim=1).flatten(1).mean(dim=1) + 0.5 * math.log(2.0 * math.pi)


def _covariance(prior: Prior) -> Planes:
    """The lower triangle of A Aᵀ."""
    entries = iter(prior.root.unbind(1))
    root = [[next(entries) for _ in range(row + 1)] for row in range(prior.mean.shape[1])]
    return [
        [sum((root[i][k] * root[j][k] for k in range(1, j + 1)), root[i][0] * root[j][0]) for j in range(i + 1)]
        for i in range(len(root))
    ]


def _noisy(covariance: Planes, variance: Tensor) -> Planes:
    added = variance.unbind(1)
    return [[plane + added[i] if i == j else plane for j, plane in enumerate(row)] for i, row in enumerate(covariance)]


def _cholesky(matrix: Planes) -> Planes:
    """L with L Lᵀ = matrix, positive definite."""
    factor: Planes = []
    for i, row in enumerate(matrix):
        factor.append([])
        for j, plane in enumerate(row):
            rest = plane
            for k in range(j):
                rest = rest - factor[i][k] * factor[j][k]
            factor[i].append(rest.clamp_min(LEAST).sqrt() if i == j else rest / factor[j][j])
    return factor


def _solve(factor: Planes, right: list[Tensor]) -> list[Tensor]:
    """L⁻¹ r."""
    solved: list[Tensor] = []
    for i, plane in enumerate(right):
        rest = plane
        for k in range(i):
            rest = rest - factor[i][k] * solved[k]
        solved.append(rest / factor[i][i])
    return solved


def _transposed_solve(factor: Planes, right: list[Tensor]) -> list[Tensor]:
    """L⁻ᵀ r."""
    solved = list(right)
    for i in reversed(range(len(right))):
        rest = right[i]
        for k in range(i + 1, len(right)):
            rest = rest - factor[k][i] * solved[k]
        solved[i] = rest / factor[i][i]
    return solved
