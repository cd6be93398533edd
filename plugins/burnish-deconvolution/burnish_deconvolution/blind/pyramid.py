"""Estimates a kernel of one grey picture, from coarse to fine."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from burnish_deconvolution.blind.cleaning import centred, clean, fitted, normalised
from burnish_deconvolution.blind.kernel import fit_kernel
from burnish_deconvolution.blind.latent import LatentPrior, inner_gradients, latent
from burnish_deconvolution.blind.text import two_tones
from burnish_deconvolution.model.canvas import canvas_for

RATIO = 2.0**0.5
"""From one level to the next the picture's sides grow by this."""
SMALLEST = 3
"""Side in pixels of the kernel at the coarsest level."""
LEAST_PRICE = 1e-4
"""λ does not fall below this."""
ROOM = 1.3
"""A level's kernel may be wider by this than the kernel before it was found to be."""


@dataclass(frozen=True, kw_only=True)
class Estimation:
    """The settings of a kernel's estimation."""

    gradient: float = 8e-3
    """λ at the start, the price of an edge in the latent picture (``LatentPrior.gradient``)."""
    dark: float = 0.0
    """μ at the start, the price of a patch without black (``LatentPrior.dark``)."""
    decay: float = 1.1
    """λ and μ are divided by this after every iteration, so weaker and weaker edges join."""
    weight: float = 2.0
    """γ, the price of the kernel's energy (``fit_kernel``)."""
    threshold: float = 0.05
    """Kernel values below this share of the largest become 0."""
    tone: float = 0.0
    """ν / λ, the price of a pixel that is neither paper nor ink (``LatentPrior.tone``); 0: the picture is no text."""
    iterations: int = 5
    """Alternating estimates of latent picture and kernel at each level."""
    refinements: int = 3
    """How often the kernel is estimated again from a restoration (``refinement.refined``)."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The state of an estimation after a level."""

    kernel: Tensor
    """k,k as of that level."""
    level: int
    """Level l has the picture's sides times √2^−l; 0 is full size."""


def climb(grey: Tensor, side: int, how: Estimation, begun: Stage | None, *, last: int) -> Stage:
    """Continue from ``begun`` (None: from the coarsest level) until level ``last`` is finished."""
    top = max(last, math.ceil(math.log(side / SMALLEST) / math.log(RATIO)))
    if begun is None:
        kernel = grey.new_zeros(SMALLEST, SMALLEST)
        kernel[1, :2] = 0.5
        begun = Stage(kernel=kernel, level=top + 1)
    kernel = begun.kernel
    for level in range(begun.level - 1, last - 1, -1):
        shrink = RATIO**-level
        if level < top:
            kernel = enlarged(kernel, largest=odd(side * shrink), free=level > top - 2)
        kernel = centred(alternate(reduced(grey, shrink), kernel, how, (top - level) * how.iterations))
    return Stage(kernel=kernel, level=last)


def alternate(blurred: Tensor, kernel: Tensor, how: Estimation, done: int) -> Tensor:
    """Estimate latent picture and kernel in turns at one level.

    Args:
        blurred: H,W.
        kernel: k,k to begin with.
        how: Weights and counts.
        done: Iterations that came before.
    """
    side = kernel.shape[-1]
    canvas = canvas_for(*blurred.shape, side=2 * side - 1, boundary="unknown")
    extended = canvas.extend(blurred)
    observed = inner_gradients(blurred)
    tones = two_tones(blurred) if how.tone else ()
    for iteration in range(done, done + how.iterations):
        fade = how.decay**-iteration
        price = max(how.gradient * fade, LEAST_PRICE)
        dark = max(how.dark * fade, LEAST_PRICE) if how.dark else 0.0
        prior = LatentPrior(gradient=price, dark=dark, tone=how.tone * price, tones=tones)
        imagined = canvas.crop(latent(extended, kernel, prior))
        kernel = fit_kernel(inner_gradients(imagined), observed, side, weight=how.weight)
        kernel = clean(kernel, threshold=how.threshold)
    return kernel


def enlarged(kernel: Tensor, *, largest: int, free: bool) -> Tensor:
    """The kernel for the next level: √2 times as large, in a square with some margin.

    Args:
        kernel: k,k.
        largest: The most that the new side may be, odd.
        free: Take ``largest``, for what is known of the kernel's extent is still too rough.
    """
    side = largest if free else min(largest, odd(ROOM * RATIO * extent(kernel) + 2))
    grown = (odd(RATIO * kernel.shape[-1]),) * 2
    wide = functional.interpolate(kernel[None, None], size=grown, mode="bicubic", align_corners=False)[0, 0]
    return centred(fitted(normalised(wide.clamp_min(0.0)), max(side, SMALLEST)))


def extent(kernel: Tensor) -> int:
    """Side of the smallest centred square that contains all non-zero values."""
    middle = kernel.shape[-1] // 2
    return 2 * int((torch.nonzero(kernel > 0) - middle).abs().max()) + 1


def reduced(grey: Tensor, scale: float) -> Tensor:
    """H,W reduced by ``scale``, without aliasing."""
    if scale == 1.0:
        return grey
    size = [max(8, round(length * scale)) for length in grey.shape]
    return functional.interpolate(grey[None, None], size=size, mode="bicubic", antialias=True, align_corners=False)[
        0, 0
    ]


def odd(length: float) -> int:
    """The smallest odd integer that is at least ``length``."""
    return math.ceil(length) | 1
