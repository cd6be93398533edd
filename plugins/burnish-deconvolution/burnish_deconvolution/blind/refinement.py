"""Refines a kernel at the end: from all edges of a natural picture, not only the few strongest."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_deconvolution.blind.cleaning import centred, clean
from burnish_deconvolution.blind.kernel import fit_kernel
from burnish_deconvolution.blind.latent import inner_gradients
from burnish_deconvolution.solvers.hyper_laplacian import HyperLaplacian

SIGMA = 0.01
"""Noise in [0, 1] units that the restoration assumes: mostly the kernel's error."""
SHARE = 0.3
"""Share of the pixels, those with the steepest gradients, that determine the kernel."""
THRESHOLD = 0.02
"""Kernel values below this share of the largest become 0: the fit is better than those before, and so is its tail."""


def refined(grey: Tensor, kernel: Tensor, *, weight: float, rounds: int) -> Tensor:
    """The kernel, estimated again ``rounds`` times from the picture restored with it.

    The latent pictures of the estimation have few edges, and those flat areas between them are wrong; a restoration
    with the prior of natural pictures has all edges in their places. Two phases as L. Xu, J. Jia, "Two-Phase Kernel
    Estimation for Robust Motion Deblurring", ECCV 2010, doi:10.1007/978-3-642-15549-9_12.

    Args:
        grey: H,W, blurred.
        kernel: k,k.
        weight: γ of ``fit_kernel``.
        rounds: How often; 0 changes nothing.
    """
    solver = HyperLaplacian()
    sigma = grey.new_tensor([SIGMA])
    observed = inner_gradients(grey)
    for _ in range(rounds):
        restored = solver(grey[None, None], kernel=kernel[None], sigma=sigma)[0, 0].clamp(0.0, 1.0)
        right, down = inner_gradients(restored)
        steep = right.square() + down.square()
        least = steep.flatten().kthvalue(int((1.0 - SHARE) * (steep.numel() - 1)) + 1).values
        strong = (torch.where(steep < least, 0.0, right), torch.where(steep < least, 0.0, down))
        kernel = clean(fit_kernel(strong, observed, kernel.shape[-1], weight=weight), threshold=THRESHOLD)
    return centred(kernel)
