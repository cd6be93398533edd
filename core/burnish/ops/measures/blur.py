"""The blur of a picture, estimated from its sharpest edges alone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from burnish.ops.measures.noise import gradient_noise

Plane = NDArray[np.float32]

FINE, COARSE = 1.5, 3.0
"""σ in pixels of the two Gaussians at which gradients are compared."""
EDGES = 0.01
"""The part of the pixels that is taken for edges: where the coarse gradient is largest."""
LARGEST = 10.0
"""Pixels; a stronger blur is reported as this."""
BORDER = 8
"""Pixels left out at the border, where the Gaussians use the mirrored picture."""
CHANCE = 6.0
"""Factor on the mean for noise below which a gradient counts as noise: its upper hundredth begins at ln 100 = 4.6."""
FLAT = 1e-6
"""Squared gradient (per pixel, of [0, 1]) below which nothing is an edge."""


def blur_width(luma: Plane, noise: float) -> float | None:
    """σ in pixels of the Gaussian blur at the strongest edges.

    A step that was blurred by σ has, after a Gaussian of σ₁, a gradient in proportion to ``1/√(σ² + σ₁²)``. The ratio
    of squared gradients at two scales, ``R = (σ² + σ₂²)/(σ² + σ₁²)``, gives ``σ² = (σ₂² − R σ₁²)/(R − 1)``; R is the
    median over the edges, after what noise adds to squared gradients is taken off both. Reads up to 1 pixel for sharp
    pictures, and about 0.3 too much for blurred ones, since pixels beside an edge count too. Source: Zhuo, Sim,
    "Defocus map estimation from a single image", doi:10.1016/j.patcog.2011.03.009 (there with one blur more and
    without noise).

    Args:
        luma: H,W in [0, 1].
        noise: Its noise's standard deviation in [0, 1].

    Returns:
        In 0..10 pixels, growing with the blur; None where the picture shows no edge.
    """
    if min(luma.shape) < 4 * BORDER:
        return None
    fine, coarse = _squared_gradient(luma, FINE), _squared_gradient(luma, COARSE)
    extra_fine, extra_coarse = gradient_noise(noise, FINE), gradient_noise(noise, COARSE)
    least = float(np.quantile(coarse, 1.0 - EDGES))
    if least <= FLAT + CHANCE * extra_coarse:
        return None
    edges = coarse >= least
    ratio = float(np.median((fine[edges] - extra_fine) / (coarse[edges] - extra_coarse)))
    if ratio <= 1.0:
        return LARGEST
    width = np.sqrt(max(COARSE**2 - ratio * FINE**2, 0.0) / (ratio - 1.0))
    return float(min(width, LARGEST))


def _squared_gradient(luma: Plane, smoothing: float) -> Plane:
    smooth = cv2.GaussianBlur(luma, (0, 0), smoothing, borderType=cv2.BORDER_REFLECT_101)
    across, down = smooth[1:-1, 2:] - smooth[1:-1, :-2], smooth[2:, 1:-1] - smooth[:-2, 1:-1]
    inner = slice(BORDER - 1, 1 - BORDER)
    squared: Plane = (np.square(across) + np.square(down))[inner, inner] / 4.0
    return squared
