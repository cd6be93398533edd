"""Relativistic average losses: whether real pictures look more real than restored ones (arXiv 1807.00734)."""

from __future__ import annotations

from typing import Literal

from burnish.training import mean
from torch import Tensor
from torch.nn import functional

Form = Literal["least-squares", "logistic"]
"""DeblurGAN-v2's (arXiv 1908.03826, equation 3), and ESRGAN's (arXiv 1809.00219, equations 1 and 2)."""


def critic_loss(real: Tensor, restored: Tensor, form: Form) -> Tensor:
    """The critic's loss, a scalar; ``real`` and ``restored`` are its logits, of any shape.

    With r = real − mean(restored) and f = restored − mean(real): least squares ``mean (r − 1)² + mean (f + 1)²``,
    logistic ``mean softplus(−r) + mean softplus(f)``. The means in r and f are over the batches of all processes.
    """
    r, f = _relative(real, restored)
    if form == "least-squares":
        return (r - 1.0).square().mean() + (f + 1.0).square().mean()
    return functional.softplus(-r).mean() + functional.softplus(f).mean()


def generator_loss(real: Tensor, restored: Tensor, form: Form) -> Tensor:
    """The generator's loss: the critic's loss with real and restored exchanged."""
    return critic_loss(restored, real, form)


def _relative(real: Tensor, restored: Tensor) -> tuple[Tensor, Tensor]:
    real, restored = real.float(), restored.float()
    return real - mean(restored), restored - mean(real)
