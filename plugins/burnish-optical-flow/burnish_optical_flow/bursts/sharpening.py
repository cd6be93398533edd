"""Sharpening that does not amplify noise: it sharpens the denoised picture."""

from __future__ import annotations

from torch import Tensor

from burnish_optical_flow.bursts.dct_denoising import dct_denoise, noise_level
from burnish_optical_flow.filtering import gaussian

KEPT_NOISE = 0.4
"""Share of the removed noise that is added back, so that skin and grass do not look like plastic."""


def sharpened(picture: Tensor, *, amount: float, radius: float) -> Tensor:
    """Sharpen u to d + amount (d − G d) + 0.4 (u − d), d being u denoised and G a Gaussian.

    Reference: M. Delbracio, G. Sapiro, doi:10.1109/CVPR.2015.7298852, section 4.4 (noise-aware sharpening); the
    denoiser is ours: the cosine transform's instead of non-local Bayes, at the noise level found in the picture.

    Args:
        picture: C,H,W.
        amount: Factor on the added high-pass part; 0 changes nothing.
        radius: Standard deviation in pixels of the Gaussian.
    """
    if amount == 0:
        return picture
    clean = dct_denoise(picture, noise_level(picture))
    high = clean - gaussian(clean[None], radius)[0]
    return clean.lerp(picture, KEPT_NOISE).add_(high, alpha=amount)
