"""The noise of a picture, estimated from the picture alone."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from burnish.ops.measures.blocks import blocks, cosine_basis

Plane = NDArray[np.float32]

BLOCK = 8
"""Side in pixels of the blocks that are looked at."""
START = 4
"""Row and column of the first block: between the blocks of a JPEG, whose high frequencies may all be zero."""
HIGH = 9
"""Frequencies whose orders down and across add up to this and more are taken for noise, lower ones for texture."""
QUIET = 0.05
"""The part of the blocks that is assumed to be free of texture: those with the least power at low frequencies."""
FEWEST = 128
"""Blocks that are looked at, at least: 21 coefficients of each tell σ within 2 %."""
SATURATED = 0.05
"""A block with a larger part of its pixels at exactly 0 or 1 is left out: clipped noise is too small."""
ENOUGH = 64
"""With fewer blocks left, the saturated ones count too."""
NORMAL = 0.6744897501960817
"""Median of |x| for a normal distribution of deviation 1."""
FAR, REST = 2.5, 0.9112
"""Coefficients beyond so many deviations are texture and left out; what is left of a normal distribution's variance."""


def noise_sigma(pixels: Plane) -> float:
    """Standard deviation of white noise in [0, 1], the mean over channels.

    Of blocks of 8×8 pixels the 5 % are taken that have the least power at low frequencies of the cosine transform; σ is
    the standard deviation, without outliers, of their coefficients at high frequencies, which that choice does not
    touch. Frequencies kept apart for choice and measure: Ponomarenko et al. 2007, An automatic approach to lossy
    compression of AVIRIS images, doi:10.1109/IGARSS.2007.4423833.

    Medians on every fourth picture of CBSD68 with noise of σ 2, 5, 10, 25, 50 of 255, in 8 bit: 2.1, 5.1, 10.0, 24.9,
    48.4; on Kodak's first six: 2.3, 5.2, 10.1, 24.8, 48.4, where the pictures' own grain of 1.1 counts, too; the
    settings were chosen on both. Noise that
    is correlated between neighbours (scaled, compressed, demosaicked pictures) reads too small; a picture that is fine
    texture all over reads too large.

    Args:
        pixels: H,W,C in [0, 1].

    Returns:
        In [0, 1]; 0: no noise, or a picture smaller than one block.
    """
    return float(np.mean(noise_sigmas(pixels)))


def noise_sigmas(pixels: Plane, part: float = QUIET, fewest: int = FEWEST) -> list[float]:
    """The same of every channel, from another part of the blocks, and at least ``fewest`` of them.

    Noise has nearly the same level whichever part is taken; fine texture has not.
    """
    return [_of_plane(np.ascontiguousarray(pixels[:, :, c]), part, fewest) for c in range(pixels.shape[2])]


def gradient_noise(noise: float, smoothing: float) -> float:
    """Variance of the squared gradient caused by white noise of σ ``noise``, after a Gaussian of σ ``smoothing``.

    Of the derivative in both directions together: ``noise² / (4π smoothing⁴)``.
    """
    return noise**2 / (4.0 * np.pi * smoothing**4)


def _of_plane(plane: Plane, part: float, fewest: int) -> float:
    flat = blocks(plane[START:, START:], BLOCK).reshape(-1, BLOCK * BLOCK)
    if not len(flat):
        return 0.0
    unsaturated = flat[((flat == 0.0) | (flat == 1.0)).mean(axis=1) <= SATURATED]
    basis, low, high = _transform()
    found = (unsaturated if len(unsaturated) >= ENOUGH else flat) @ basis
    texture = np.square(found[:, low]).sum(axis=1)
    quiet = np.argsort(texture, kind="stable")[: max(fewest, round(part * len(found)))]
    sizes = np.abs(found[quiet][:, high])
    usual = sizes[sizes <= FAR * np.median(sizes) / NORMAL]
    return float(np.sqrt(np.square(usual).mean(dtype=np.float64) / REST))


@cache
def _transform() -> tuple[Plane, NDArray[np.bool_], NDArray[np.bool_]]:
    """``cosine_basis``, 64,64; which of its coefficients are low, and which high."""
    orders = np.add.outer(np.arange(BLOCK), np.arange(BLOCK)).ravel()
    return cosine_basis(BLOCK), (orders > 0) & (orders < HIGH - 1), orders >= HIGH
