"""How well a kernel explains a blurred picture: the evidence that the picture gives for it."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from burnish_deconvolution.blind.latent import inner_gradients
from burnish_deconvolution.blind.noise import noise_level
from burnish_deconvolution.blind.region import SATURATED
from burnish_deconvolution.solvers.hyper_laplacian import HyperLaplacian

LEAST_NOISE = 0.0025
"""Noise level below which the error of any estimated kernel dominates: less is not believed."""
MISMATCH = 0.007
"""Noise level in [0, 1] units that the restoration assumes on top of the picture's: the kernel's own error."""


class Judge:
    """Compares kernels of any size on one blurred picture.

    A kernel's cost is the negative logarithm of its marginal likelihood p(y | k) in a variational approximation, per
    derivative: with x̂ restored by the kernel, r = y − k * x̂, λ the noise's variance in a derivative and ρ = λ/‖k‖²,

        mean |∇r|² / λ + mean h(|∇x̂|, ρ) + log ‖k‖²,
        h(a, ρ) = 2a / (a + √(a² + 4ρ)) + log(a² + 2ρ + a √(a² + 4ρ)).

    Unlike a posterior of picture and kernel together, it does not favour the impulse, for it counts how many pictures
    fit, not how well the best one does. Reference: D. Wipf, H. Zhang, "Revisiting Bayesian Blind Deconvolution",
    JMLR 15 (2014), arXiv:1305.2362. There x̂ is the minimiser; here a hyper-Laplacian restoration stands for it.
    """

    def __init__(self, grey: Tensor) -> None:
        """``grey``: H,W in [0, 1]; clipped pixels do not count in the data term."""
        self.grey = grey
        measured = noise_level(grey)
        self.noisy = measured > LEAST_NOISE
        """Whether the noise is known: else, costs of kernels do not compare with that of no blur."""
        self.sigma = max(measured, LEAST_NOISE)
        self.clipped = grey > SATURATED
        self._solver = HyperLaplacian(growth=4.0)
        self._counts = 1.0 - functional.max_pool2d(self.clipped.float()[None, None], 3, stride=1, padding=1)[0, 0]

    def restored(self, kernel: Tensor) -> Tensor:
        """x̂, H,W."""
        sigma = self.grey.new_tensor([math.hypot(self.sigma, MISMATCH)])
        known = (~self.clipped).to(self.grey)[None, None] if bool(self.clipped.any()) else None
        found: Tensor = self._solver(self.grey[None, None], kernel=kernel[None], sigma=sigma, mask=known)
        return found[0, 0]

    def cost(self, kernel: Tensor, restored: Tensor | None = None) -> float:
        """Less is better; differences between two kernels on the same picture have a meaning, the value has none.

        Args:
            kernel: k,k, odd, sums to 1.
            restored: What ``restored(kernel)`` gave.
        """
        found = self.restored(kernel) if restored is None else restored
        half = kernel.shape[-1] // 2
        height, width = self.grey.shape
        inside = (slice(half, height - half), slice(half, width - half))
        again = functional.conv2d(found[None, None], kernel.flip(0, 1)[None, None])[0, 0]
        counts = self._counts[inside]
        wrong = inner_gradients(self.grey[inside] - again)
        variance = 2.0 * self.sigma**2
        misfit = sum(float((part.square() * counts).sum()) for part in wrong) / (2.0 * float(counts.sum()) + 1.0)
        energy = float(kernel.square().sum())
        steps = torch.stack(inner_gradients(found)).abs()
        rho = variance / energy
        root = (steps.square() + 4.0 * rho).sqrt()
        prior = 2.0 * steps / (steps + root) + (steps.square() + 2.0 * rho + steps * root).log()
        return misfit / variance + float(prior.mean()) + math.log(energy)


def impulse(like: Tensor) -> Tensor:
    """1,1: the kernel of a picture that is not blurred."""
    return like.new_ones(1, 1)
