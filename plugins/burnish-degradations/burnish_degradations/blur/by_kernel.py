"""The base of all blurs: a kernel per picture, convolution with a boundary, optional noise, operator and transpose."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from burnish.protocols import Observation
from numpy.typing import NDArray
from torch import Tensor

from burnish_degradations.blur.convolution import Boundary, central_part, convolve, convolve_adjoint
from burnish_degradations.drawing import Range
from burnish_degradations.gaussian_noise import add_noise, draw_noise
from burnish_degradations.light import TransferName, said, through_light
from burnish_degradations.replayable import Parameters, Replayable


class Blur(Replayable):
    """y = k ∗ x + σ n. The kernel's side is fixed by the configuration, so that a result does not depend on the batch.

    With ``transfer`` srgb, y = g⁻¹(k ∗ g(x)) + σ n: what is blurred is the light g(x) that sRGB values stand for, and
    the noise is one of the values. ``A`` is the blur of the light.
    """

    def __init__(
        self, *, boundary: Boundary = "reflect", noise: Range = 0.0, transfer: TransferName = "linear"
    ) -> None:
        self.boundary = boundary
        self.transfer = transfer
        self.noise = noise
        self._nominal: Tensor | None = None

    @abstractmethod
    def draw_kernels(self, count: int, generator: torch.Generator) -> dict[str, Any]:
        """Draw the parameters of ``count`` kernels, as JSON values."""

    @abstractmethod
    def kernels(self, parameters: Parameters) -> NDArray[np.float64]:
        """The kernels, N,k,k: convolution orientation, k odd, non-negative, each sums to 1."""

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``kernel`` (the parameters of the kernels) and ``noise`` (see ``GaussianNoise``)."""
        kernel = self.draw_kernels(shape[0], generator)
        return {"kernel": kernel, "noise": draw_noise(self.noise, shape[0], generator)}

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → the same size, or the valid part of both; conditions ``kernel`` (N,k,k) and ``sigma`` (N)."""
        kernel = _tensor(self.kernels(parameters["kernel"]), clean)
        blurred = through_light(self.transfer, clean, lambda light: convolve(light, kernel, self.boundary))
        degraded, sigma = add_noise(blurred, parameters["noise"])
        target = central_part(clean, kernel.shape[-1] // 2) if self.boundary == "valid" else clean
        conditions = {"kernel": kernel, "sigma": sigma}
        return Observation(
            degraded=degraded,
            target=target,
            conditions=conditions,
            parameters=dict(parameters),
            transfer=said(self.transfer),
        )

    def A(self, x: Tensor, kernel: Tensor | None = None) -> Tensor:  # noqa: N802
        """Blur without noise, k ∗ x; ``kernel`` is N,k,k, by default the kernel drawn with seed 0."""
        return convolve(x, self._kernel_for(x, kernel), self.boundary)

    def A_adjoint(self, y: Tensor, kernel: Tensor | None = None) -> Tensor:  # noqa: N802
        """The transpose of ``A`` with the same kernel."""
        return convolve_adjoint(y, self._kernel_for(y, kernel), self.boundary)

    def _kernel_for(self, pictures: Tensor, kernel: Tensor | None) -> Tensor:
        if kernel is None:
            if self._nominal is None:
                drawn = self.draw_kernels(1, torch.Generator().manual_seed(0))
                self._nominal = torch.from_numpy(self.kernels(drawn))
            kernel = self._nominal
        return kernel.to(pictures).expand(len(pictures), -1, -1)


def _tensor(kernels: NDArray[np.float64], like: Tensor) -> Tensor:
    return torch.from_numpy(kernels).to(like)
