"""The linear system of a variational flow step: (J + λ Dᵀ W D) increment = right side, by conjugate gradients."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class FlowSystem:
    """A symmetric positive definite system for two unknowns per pixel.

    J is a 2×2 matrix a pixel (the data term), D the differences to the right and lower neighbour, W their weights.
    """

    xx: Tensor
    """N,1,H,W: J's first diagonal entry."""
    xy: Tensor
    """N,1,H,W: J's entry next to the diagonal."""
    yy: Tensor
    """N,1,H,W: J's second diagonal entry."""
    right: Tensor
    """N,1,H,W−1: λ times the weight of the difference between a pixel and that to its right."""
    down: Tensor
    """N,1,H−1,W: λ times the weight of the difference between a pixel and that below."""

    def smooth(self, field: Tensor) -> Tensor:
        """λ Dᵀ W D field, of N,2,H,W."""
        result = torch.zeros_like(field)
        step = (field[..., 1:] - field[..., :-1]).mul_(self.right)
        result[..., 1:] += step
        result[..., :-1] -= step
        step = (field[..., 1:, :] - field[..., :-1, :]).mul_(self.down)
        result[..., 1:, :] += step
        result[..., :-1, :] -= step
        return result

    def apply(self, field: Tensor) -> Tensor:
        """(J + λ Dᵀ W D) field, of N,2,H,W."""
        result = self.smooth(field)
        u, v = field[:, :1], field[:, 1:]
        result[:, :1].addcmul_(self.xx, u).addcmul_(self.xy, v)
        result[:, 1:].addcmul_(self.xy, u).addcmul_(self.yy, v)
        return result

    def solve(self, wanted: Tensor, *, iterations: int) -> Tensor:
        """An approximate field with ``apply(field) = wanted``, by conjugate gradient steps from 0.

        Preconditioned by the inverse of each pixel's own 2×2 block.
        """
        inverse = self._inverse_blocks()
        field = torch.zeros_like(wanted)
        residual = wanted.clone()
        guided = _times(inverse, residual)
        direction = guided.clone()
        power = _dot(residual, guided)
        for _ in range(iterations):
            image = self.apply(direction)
            step = power / _dot(direction, image).clamp_min(1e-30)
            field.addcmul_(step, direction)
            residual.addcmul_(-step, image)
            guided = _times(inverse, residual)
            before, power = power, _dot(residual, guided)
            direction = guided.addcmul_(power / before.clamp_min(1e-30), direction)
        return field

    def _inverse_blocks(self) -> tuple[Tensor, Tensor, Tensor]:
        weight = torch.zeros_like(self.xx)
        weight[..., 1:] += self.right
        weight[..., :-1] += self.right
        weight[..., 1:, :] += self.down
        weight[..., :-1, :] += self.down
        xx, yy = self.xx + weight, self.yy + weight
        determinant = (xx * yy - self.xy * self.xy).clamp_min(1e-30)
        return yy / determinant, -self.xy / determinant, xx / determinant


def _times(block: tuple[Tensor, Tensor, Tensor], field: Tensor) -> Tensor:
    xx, xy, yy = block
    u, v = field[:, :1], field[:, 1:]
    return torch.cat([xx * u + xy * v, xy * u + yy * v], dim=1)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Each picture's inner product, N,1,1,1."""
    return (a * b).sum(dim=(1, 2, 3), keepdim=True)
