"""Richardson–Lucy with a reconstructed border, vector acceleration and total variation."""

from __future__ import annotations

import torch
from burnish.inference import in_light
from torch import Tensor

from burnish_deconvolution.model.blur import Blur
from burnish_deconvolution.model.canvas import Boundary, canvas_for
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.channels import channel
from burnish_deconvolution.solvers.scene_by_lucy import scene


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
        self,
        *,
        iterations: int = 30,
        acceleration: bool = True,
        tv: float = 0.002,
        boundary: Boundary = "unknown",
        transfer: TransferName = "linear",
    ) -> None:
        self.iterations = iterations
        self.acceleration = acceleration
        self.tv = tv
        self.boundary = boundary
        self.transfer = transfer

    def __call__(
        self, degraded: Tensor, *, kernel: Tensor, mask: Tensor | None = None, saturated: Tensor | None = None
    ) -> Tensor:
        """N,C,H,W blurred by ``kernel`` (N,k,k) → the same size; negative values count as 0.

        ``mask`` (0 where nothing is known) and ``saturated`` (1 where the sensor was full) are N,1,H,W or N,C,H,W.
        """
        return in_light(self.transfer, self._restored, degraded, kernel=kernel, mask=mask, saturated=saturated)

    def _restored(self, degraded: Tensor, *, kernel: Tensor, mask: Tensor | None, saturated: Tensor | None) -> Tensor:
        canvas = canvas_for(*degraded.shape[-2:], side=kernel.shape[-1], boundary=self.boundary)
        with torch.autocast(degraded.device.type, enabled=False):
            exact = (degraded if degraded.dtype == torch.float64 else degraded.float()).clamp_min(0.0)
            blur = Blur(kernel.to(exact), canvas)
            found = []
            for i in range(exact.shape[1]):
                full = channel(saturated, i)
                x = scene(
                    Recorded(exact[:, i : i + 1], canvas, mask=channel(mask, i)),
                    blur,
                    saturated=None if full is None else canvas.place(full.to(exact)),
                    iterations=self.iterations,
                    acceleration=self.acceleration,
                    tv=self.tv,
                )
                found.append(canvas.crop(x))
            return torch.cat(found, dim=1)
