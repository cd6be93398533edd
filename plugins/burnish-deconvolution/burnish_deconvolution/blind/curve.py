"""Whether a picture was blurred as light, as in a camera, or as stored values, as by most programs."""

from __future__ import annotations

import math

from burnish.ops.transfer import LINEAR, Transfer
from torch import Tensor

from burnish_deconvolution.blind.evidence import Judge
from burnish_deconvolution.blind.latent import inner_gradients

LEAST_CLIPPED = 3e-4
"""Share of clipped pixels that says nothing: fewer count as so many."""
TEXTURE = 4.0
"""What a share of more texture weighs against the same share of more clipped pixels."""
LIGHT_FIRST = 0.25
"""By how much stored values must be more plausible: real blur is of light. Chosen on every third picture of CBSD68, of
which 45 of 46 come out right then; of the next third 44 of 46 (22 of 23 of either kind)."""
EXPONENT = 0.6
"""Of the gradients of natural pictures, which are few and large."""


def blurred_as_stored(light: Tensor, stored: Tensor, curve: Transfer, kernel: Tensor) -> bool:
    """Whether a blur of the stored values explains a picture better than one of the light.

    The picture is restored in both. The wrong one of the two leaves values beyond black or white at the edges, and
    more texture, which is ringing.

    Args:
        light: H,W, light in [0, 1].
        stored: The same, as stored.
        curve: Between the two.
        kernel: k,k, odd, sums to 1.
    """
    return _implausible(stored, LINEAR, kernel) < _implausible(light, curve, kernel) - LIGHT_FIRST


def _implausible(grey: Tensor, curve: Transfer, kernel: Tensor) -> float:
    """Logarithmic, less is better; measured on stored values, so that those of light and of these compare."""
    shown = curve.from_light(Judge(grey).restored(kernel)[None])[0]
    half = 0.5 / 255.0
    clipped = float(((shown < half) | (shown > 1.0 - half)).double().mean())
    steps = inner_gradients(shown.clamp(0.0, 1.0))
    texture = sum(float(step.abs().pow(EXPONENT).double().mean()) for step in steps)
    return math.log(clipped + LEAST_CLIPPED) + TEXTURE * math.log(texture + LEAST_CLIPPED)
