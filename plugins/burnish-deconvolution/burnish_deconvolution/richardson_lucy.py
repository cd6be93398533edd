"""Richardson–Lucy with a reconstructed border, vector acceleration and total variation."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_deconvolution.blur import Blur
from burnish_deconvolution.canvas import Boundary, canvas_for
from burnish_deconvolution.channels import each_channel

_LEAST_SHARE = 1e-3
"""Canvas pixels whose light reaches the picture with a smaller share than this are left as they are."""
_DARK = 1e-6
"""Brightness in [0, 1] units below which nothing is divided by."""
FLAT = 0.02
"""Slope in [0, 1] units per pixel below which total variation is a quadratic: steps stay smooth."""


class RichardsonLucy:
    """x ← x / (Kᵀ M 1 · (1 − λ div(∇x/|∇x|))) · Kᵀ M (y / K x): the most likely scene under Poisson noise.

    Under an unknown boundary x reaches as far around the picture as the kernel does and M keeps what was recorded
    (Bertero and Boccacci 2005), so that nothing rings at the border. ``acceleration`` extrapolates along the last
    change before every step (Biggs and Andrews 1997, doi:10.1364/AO.36.001766): one step counts for several.
    ``tv`` is λ, the weight of the total variation (Dey et al. 2006, doi:10.1002/jemt.20294); 0 leaves it out.

    References: W. H. Richardson, doi:10.1364/JOSA.62.000055; L. B. Lucy, doi:10.1086/111605; M. Bertero, P. Boccacci,
    doi:10.1051/0004-6361:20052717.
    """

    def __init__(
        self, *, iterations: int = 30, acceleration: bool = True, tv: float = 0.002, boundary: Boundary = "unknown"
    ) -> None:
        self.iterations = iterations
        self.acceleration = acceleration
        self.tv = tv
        self.boundary = boundary

    def __call__(self, degraded: Tensor, *, kernel: Tensor) -> Tensor:
        """N,C,H,W blurred by ``kernel`` (N,k,k) → the same size; negative values count as 0."""
        height, width = degraded.shape[-2:]
        canvas = canvas_for(height, width, side=kernel.shape[-1], boundary=self.boundary)

        def solve(channel: Tensor) -> Tensor:
            return canvas.crop(self._iterate(channel.clamp_min(0.0), Blur(kernel.to(channel), canvas)))

        return each_channel(degraded, solve)

    def _iterate(self, degraded: Tensor, blur: Blur) -> Tensor:
        """The scene on the whole canvas, N,1,rows,columns."""
        canvas = blur.canvas
        observed, mask = canvas.place(degraded), canvas.mask(degraded)
        reach = None if mask is None else blur.adjoint(mask).clamp_min(0.0)
        x = before = canvas.extend(degraded).clamp_min(_DARK)
        changes: list[Tensor] = []
        for _ in range(self.iterations):
            y = (x + _pace(changes) * (x - before)).clamp_min(0.0) if self.acceleration else x
            before, x = x, self._step(y, observed, mask, reach, blur)
            changes = [*changes[-1:], x - y]
        return x

    def _step(self, x: Tensor, observed: Tensor, mask: Tensor | None, reach: Tensor | None, blur: Blur) -> Tensor:
        """One multiplicative step from ``x``."""
        ratio = observed / blur.forward(x).clamp_min(_DARK)
        share = blur.adjoint(ratio if mask is None else ratio * mask).clamp_min(0.0)
        scale = 1.0 - self.tv * curvature(x) if self.tv > 0 else torch.ones_like(x)
        step = x * share / (scale if reach is None else scale * reach.clamp_min(_LEAST_SHARE))
        return step if reach is None else torch.where(reach > _LEAST_SHARE, step, x)


def _pace(changes: list[Tensor]) -> Tensor | float:
    """How far to extrapolate, in [0, 1), of each picture: ⟨g₁, g₂⟩/⟨g₂, g₂⟩ for the last two changes g₁, g₂."""
    if len(changes) < 2:
        return 0.0
    older, newer = changes
    along = (older * newer).sum(dim=(-2, -1), keepdim=True)
    return (along / older.square().sum(dim=(-2, -1), keepdim=True).clamp_min(_DARK**2)).clamp(0.0, 0.999)


def curvature(x: Tensor) -> Tensor:
    """div(∇x / |∇x|) by forward and backward differences, 0 where x is flat; circular."""
    down, right = torch.roll(x, -1, -2) - x, torch.roll(x, -1, -1) - x
    size = (down.square() + right.square() + FLAT**2).sqrt()
    down, right = down / size, right / size
    return down - torch.roll(down, 1, -2) + right - torch.roll(right, 1, -1)
