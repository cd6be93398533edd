"""Blur that changes over the picture, by kernels on a grid and interpolation between their results."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import torch
from burnish.protocols import Observation
from torch import Tensor

from burnish_degradations.blur.convolution import (
    Boundary,
    central_part,
    convolve,
    convolve_adjoint,
    extend,
    extend_adjoint,
)
from burnish_degradations.blur.kernel_fields import defocus_field, half_diagonal, nodes, shake_field
from burnish_degradations.drawing import Range, bounds, draw_numbers, draw_seeds
from burnish_degradations.gaussian_noise import add_noise, draw_noise
from burnish_degradations.light import TransferName, said, through_light
from burnish_degradations.replayable import Parameters, Replayable


class VaryingBlur(Replayable):
    """y = Σᵣ wᵣ ⊙ (kᵣ ∗ x) + σ n: kernels kᵣ on a grid of nodes, wᵣ the bilinear interpolation between these, Σ wᵣ = 1.

    ``cause`` shake: a camera that shifts (``length``, ``anxiety``: see ``CameraShake``) and rolls by at most ``turn``
    degrees about the picture's centre; defocus: a plane at a slant, whose radius goes from one draw of ``radius`` to
    another across the picture. ``transfer``: see ``Blur``. Each kernel only runs where its weight is not 0.

    References: Nagy, O'Leary, doi:10.1137/S106482759528507X; Hirsch, Sra, Schölkopf, Harmeling, "Efficient filter flow
    for space-variant multiframe blind deconvolution", doi:10.1109/CVPR.2010.5540158.
    """

    def __init__(
        self,
        *,
        cause: Literal["shake", "defocus"] = "shake",
        length: Range = (4.0, 16.0),
        anxiety: Range = (0.001, 0.01),
        turn: Range = (0.5, 3.0),
        radius: Range = (0.5, 5.0),
        grid: int = 4,
        boundary: Boundary = "reflect",
        noise: Range = 0.0,
        transfer: TransferName = "linear",
    ) -> None:
        self.transfer = transfer
        self.cause, self.grid, self.boundary, self.noise = cause, grid, boundary, noise
        self.length, self.anxiety, self.turn, self.radius = length, anxiety, turn, radius
        self._nominal: dict[str, Any] | None = None

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``kernel`` (the parameters of the kernels of every picture) and ``noise`` (see ``GaussianNoise``)."""
        kernel = self._draw_kernels(shape[0], generator)
        return {"kernel": kernel, "noise": draw_noise(self.noise, shape[0], generator)}

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → the same size, or the valid part of both; condition ``sigma`` (N)."""
        blurred = through_light(self.transfer, clean, lambda light: self.A(light, parameters["kernel"]))
        degraded, sigma = add_noise(blurred, parameters["noise"])
        reach = self.side((clean.shape[2], clean.shape[3])) // 2
        target = central_part(clean, reach) if self.boundary == "valid" else clean
        return Observation(
            degraded=degraded,
            target=target,
            conditions={"sigma": sigma},
            parameters=dict(parameters),
            transfer=said(self.transfer),
        )

    def A(self, x: Tensor, kernel: Parameters | None = None) -> Tensor:  # noqa: N802
        """Blur without noise; ``kernel`` as drawn, by default with seed 0."""
        size = (x.shape[2], x.shape[3])
        kernels, reach = self._kernels(size, kernel, x), self.side(size) // 2
        if self.boundary == "valid":
            central_part(x, reach)
        extended = extend(x, reach, self.boundary)
        total = extended.new_zeros(*x.shape[:2], extended.shape[2] - 2 * reach, extended.shape[3] - 2 * reach)
        for index, (top, bottom, left, right), weight in self._pieces(total):
            piece = extended[..., top : bottom + 2 * reach, left : right + 2 * reach]
            total[..., top:bottom, left:right] += weight * convolve(piece, kernels[:, index], "valid")
        return total

    def A_adjoint(self, y: Tensor, kernel: Parameters | None = None) -> Tensor:  # noqa: N802
        """The transpose of ``A`` with the same kernels."""
        size = self._clean_size((y.shape[2], y.shape[3]))
        kernels, reach = self._kernels(size, kernel, y), self.side(size) // 2
        total = y.new_zeros(*y.shape[:2], y.shape[2] + 2 * reach, y.shape[3] + 2 * reach)
        for index, (top, bottom, left, right), weight in self._pieces(y):
            spread = convolve_adjoint(weight * y[..., top:bottom, left:right], kernels[:, index], "valid")
            total[..., top : bottom + 2 * reach, left : right + 2 * reach] += spread
        return extend_adjoint(total, reach, self.boundary)

    def side(self, size: tuple[int, int]) -> int:
        """Side of the kernels for clean pictures of that size (H, W), large enough for their corners."""
        if self.cause == "defocus":
            return 2 * max(math.ceil(bounds(self.radius)[1] - 0.5), 0) + 1
        widest = bounds(self.length)[1] + math.radians(bounds(self.turn)[1]) * half_diagonal(size)
        return 2 * math.ceil(widest / 2.0) + 3

    def kernels(self, size: tuple[int, int], drawn: Parameters) -> Tensor:
        """All kernels, N,grid²,k,k in float64: convolution orientation, k odd, non-negative, each sums to 1."""
        side = self.side(size)
        lost = side - 1 if self.boundary == "valid" else 0
        places = nodes((size[0] - lost, size[1] - lost), self.grid)
        if self.cause == "defocus":
            return torch.from_numpy(defocus_field(drawn["radius"], drawn["direction"], places=places, side=side))
        paths = drawn["seed"], drawn["anxiety"], drawn["length"], drawn["turn"]
        return torch.from_numpy(shake_field(*paths, places=places, side=side))

    def _draw_kernels(self, count: int, generator: torch.Generator) -> dict[str, Any]:
        if self.cause == "defocus":
            ends = (draw_numbers(self.radius, count, generator) for _ in range(2))
            return {
                "radius": [list(pair) for pair in zip(*ends, strict=True)],
                "direction": draw_numbers((0.0, 360.0), count, generator),
            }
        return {
            "length": draw_numbers(self.length, count, generator),
            "anxiety": draw_numbers(self.anxiety, count, generator),
            "turn": draw_numbers(self.turn, count, generator),
            "seed": [draw_seeds(2, generator) for _ in range(count)],
        }

    def _kernels(self, size: tuple[int, int], drawn: Parameters | None, like: Tensor) -> Tensor:
        if drawn is None:
            self._nominal = self._nominal or self._draw_kernels(1, torch.Generator().manual_seed(0))
            drawn = self._nominal
        return self.kernels(size, drawn).to(like).expand(len(like), -1, -1, -1)

    def _clean_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The size of the clean picture that gives one of ``size``; for ``valid`` the smallest one."""
        if self.boundary != "valid":
            return size
        larger = size
        while (wanted := tuple(side + self.side(larger) - 1 for side in size)) != larger:
            larger = (wanted[0], wanted[1])
        return larger

    def _pieces(self, picture: Tensor) -> Iterator[tuple[int, tuple[int, int, int, int], Tensor]]:
        """For each node its index, its region (top, bottom, left, right), and its weights there."""
        rows, columns = (_hats(side, self.grid, picture) for side in picture.shape[-2:])
        for row, (top, bottom, down) in enumerate(rows):
            for column, (left, right, across) in enumerate(columns):
                if top < 0 or left < 0:
                    continue
                yield row * self.grid + column, (top, bottom, left, right), down[:, None] * across


def _hats(length: int, grid: int, like: Tensor) -> list[tuple[int, int, Tensor]]:
    """Linear interpolation between ``grid`` nodes over ``length`` pixels: first pixel, end and weights of each node."""
    place = torch.linspace(0.0, grid - 1.0, length, dtype=torch.float64, device=like.device)
    hats = []
    for node in range(grid):
        weight = (1.0 - (place - node).abs()).clamp_min(0.0)
        used = torch.nonzero(weight)[:, 0].tolist() or [-1]  # a narrow picture may contain no pixel of a node
        hats.append((used[0], used[-1] + 1, weight[used[0] : used[-1] + 1].to(like)))
    return hats
