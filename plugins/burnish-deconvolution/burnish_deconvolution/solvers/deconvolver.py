"""The base of the solvers that receive kernel and noise: their call, in linear light, channel by channel."""

from __future__ import annotations

from burnish.inference import in_light
from torch import Tensor

from burnish_deconvolution.model.blur import Blur
from burnish_deconvolution.model.canvas import Boundary
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.channels import each_channel


class Deconvolver:
    """Makes a restorer of pictures from a solver of one channel, ``_scene``.

    Args:
        boundary: The assumption about pixels outside the pictures.
        transfer: The curve between their values and light.
    """

    def __init__(self, *, boundary: Boundary, transfer: TransferName) -> None:
        self.boundary = boundary
        self.transfer = transfer

    def __call__(
        self,
        degraded: Tensor,
        *,
        kernel: Tensor,
        sigma: Tensor,
        mask: Tensor | None = None,
        saturated: Tensor | None = None,
    ) -> Tensor:
        """N,C,H,W blurred by ``kernel`` (N,k,k), noise ``sigma`` (N) in [0, 1] units → the same size.

        ``mask`` and ``saturated`` (N,1,H,W or N,C,H,W): see ``each_channel``.
        """
        return in_light(
            self.transfer, self._restored, degraded, kernel=kernel, sigma=sigma, mask=mask, saturated=saturated
        )

    def _restored(
        self, degraded: Tensor, *, kernel: Tensor, sigma: Tensor, mask: Tensor | None, saturated: Tensor | None
    ) -> Tensor:
        """As ``__call__``, in linear light."""
        return each_channel(
            degraded,
            self._scene,
            kernel=kernel,
            sigma=sigma,
            boundary=self.boundary,
            mask=mask,
            saturated=saturated,
        )

    def _scene(self, recorded: Recorded, blur: Blur, sigma: Tensor) -> Tensor:
        """The scene on the whole canvas, N,1,rows,columns; ``sigma`` is N,1,1,1."""
        raise NotImplementedError
