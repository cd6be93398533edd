"""The latent sharp picture of blind deconvolution: few edges, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from burnish_deconvolution.blind.text import toned
from burnish_deconvolution.model.blur import centred, picture, spectrum

MAX_PENALTY = 1e3
"""Last coupling of the half-quadratic splitting: the gradients then practically equal the thresholded ones."""


@dataclass(frozen=True, kw_only=True)
class LatentPrior:
    """The prior of the latent picture."""

    gradient: float
    """λ, the price of one pixel whose gradient is not zero, in squared [0, 1] units; more leaves fewer edges."""
    dark: float = 0.0
    """μ, the price of one patch whose darkest pixel is not black; 0: no price."""
    patch: int = 9
    """Side in pixels of those patches."""
    tone: float = 0.0
    """ν, the price of one pixel that has none of the ``tones``; 0: no price."""
    tones: tuple[float, ...] = ()
    """Brightness of paper and ink (``text.two_tones``)."""


def latent(blurred: Tensor, kernel: Tensor, prior: LatentPrior) -> Tensor:
    """The picture of few edges that, when blurred, resembles ``blurred``.

        argmin_x ‖k * x − y‖² + λ·#{p : ∇x(p) ≠ 0} + μ·#{patches whose minimum is not 0} + ν·#{p : x(p) is no tone}

    by half-quadratic splitting with a penalty β that doubles: thresholding of gradients (and of the patches' darkest
    pixels, and of distances to the tones), then one division in the Fourier domain.

    Args:
        blurred: H,W, float32, continued so that it is periodic (``canvas.Canvas.extend``).
        kernel: k,k, odd, sums to 1, convolution orientation.
        prior: The prior.

    Reference: L. Xu, S. Zheng, J. Jia, "Unnatural L0 Sparse Representation for Natural Image Deblurring", CVPR 2013,
    doi:10.1109/CVPR.2013.147; darkest pixels: J. Pan et al., "Blind Image Deblurring Using Dark Channel Prior",
    CVPR 2016, doi:10.1109/CVPR.2016.180, for patches side by side as in F. Wen et al., doi:10.1109/TCSVT.2020.3034137.
    """
    size = (blurred.shape[-2], blurred.shape[-1])
    transfer = spectrum(centred(kernel[None], size))[0, 0]
    data = transfer.conj() * spectrum(blurred)
    power = transfer.abs().square()
    roughness = gradient_power(size, blurred.device)
    estimate = blurred
    penalty = 2.0 * prior.gradient
    while penalty < MAX_PENALTY:
        right, down = gradients(estimate)
        small = right.square() + down.square() < prior.gradient / penalty
        right.masked_fill_(small, 0.0)
        down.masked_fill_(small, 0.0)
        above = data + penalty * spectrum(divergence(right, down))
        below = power + penalty * roughness
        if prior.dark > 0:
            above = above + penalty * spectrum(darkened(estimate, prior.dark / penalty, prior.patch))
            below = below + penalty
        if prior.tone > 0:
            above = above + penalty * spectrum(toned(estimate, prior.tones, prior.tone / penalty))
            below = below + penalty
        estimate = picture(above / below, size)
        penalty *= 2.0
    return estimate


def darkened(grey: Tensor, threshold: float, patch: int) -> Tensor:
    """H,W in which the darkest pixel of each patch is set to 0 if its square is below ``threshold``."""
    least, where = functional.max_pool2d(-grey[None, None], patch, ceil_mode=True, return_indices=True)
    chosen = where[least.square() < threshold]
    result = grey.clone()
    result.view(-1)[chosen] = 0.0
    return result


def gradients(grey: Tensor) -> tuple[Tensor, Tensor]:
    """Forward differences (right, down) of H,W, periodic."""
    return grey.roll(-1, -1) - grey, grey.roll(-1, -2) - grey


def inner_gradients(grey: Tensor) -> tuple[Tensor, Tensor]:
    """Forward differences (right, down) of H,W; 0 where the neighbour is outside."""
    right, down = gradients(grey)
    right[:, -1] = 0.0
    down[-1] = 0.0
    return right, down


def divergence(right: Tensor, down: Tensor) -> Tensor:
    """The transpose of ``gradients``."""
    return right.roll(1, -1) - right + down.roll(1, -2) - down


def gradient_power(size: tuple[int, int], device: torch.device) -> Tensor:
    """|∂x|² + |∂y|² in the layout of rfft2."""
    down = 2.0 - 2.0 * torch.cos(2.0 * torch.pi * torch.fft.fftfreq(size[0], device=device))
    right = 2.0 - 2.0 * torch.cos(2.0 * torch.pi * torch.fft.rfftfreq(size[1], device=device))
    return down[:, None] + right[None, :]
