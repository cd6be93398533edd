"""Deep Wiener deconvolution: Wiener filters in a space of learned features, and a small U-net for refinement."""

from __future__ import annotations

import torch
from burnish.inference import in_light
from torch import Tensor, nn

from burnish_deconvolution.learned.refining import Refining, ResidualBlock
from burnish_deconvolution.model.blur import Blur, picture, spectrum
from burnish_deconvolution.model.canvas import Boundary, canvas_for
from burnish_deconvolution.model.noise_level import noise_level
from burnish_deconvolution.model.recorded import Recorded, filled
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.channels import parted_channels
from burnish_deconvolution.solvers.quadratic import DataTerm
from burnish_deconvolution.solvers.wiener import gradient_power

_LEAST_SIGMA = 1e-3
"""Least noise level, also for a noiseless picture: the rounding of 8 bit is 1.1e-3."""
_BASE = 300.0
"""σ²-units of the classical estimate's noise-to-signal ratio: 1/g² for gradients of about 0.06."""


class FeatureWiener(nn.Module):
    """x̂ⱼ = K* Fⱼ / (|K|² + νⱼ) for every feature map Fⱼ, with the noise-to-signal ratio νⱼ = σ² exp(aⱼ) |D|^(2 pⱼ).

    The strength aⱼ and the slope pⱼ of each feature's prior spectrum are learned, starting over a range of strengths at
    pⱼ = 1, the prior of natural pictures (D is the gradient).
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.linspace(2.0, 8.0, features))
        self.slope = nn.Parameter(torch.ones(features))

    def forward(self, maps: Tensor, blur: Blur, sigma: Tensor) -> Tensor:
        """Deconvolve N,F,rows,columns; ``sigma`` is N,1,1,1."""
        size = blur.canvas.size
        power = gradient_power(size, maps).clamp_min(1e-4)
        exponents = self.strength[:, None, None] + self.slope[:, None, None] * power.log()
        ratio = sigma.square() * exponents.exp()
        inverse = blur.otf.conj() / (blur.otf.abs().square() + ratio)
        return picture(inverse * spectrum(maps), size)


class DeepWiener(nn.Module):
    """estimate = Wiener(degraded) + U(Wiener filters of learned features of the degraded picture).

    What lies beyond the picture is not known: the classical Wiener estimate, which masks it, predicts what would have
    been recorded there, and features are taken of the picture completed by that. The noise is estimated from the
    picture. The features' first layer is linear, so that blur and features commute. An untrained network gives the
    classical Wiener estimate.

    Reference: J. Dong, S. Roth, B. Schiele, "Deep Wiener Deconvolution", arXiv:2103.09962 (here the refinement
    of several scales is a U-net).
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        features: int = 16,
        width: int = 48,
        blocks: int = 2,
        steps: int = 8,
        boundary: Boundary = "unknown",
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__()
        self.channels = channels
        self.steps = steps
        self.boundary: Boundary = boundary
        self.transfer: TransferName = transfer
        self.opening = nn.Conv2d(channels, features, 5, padding=2, padding_mode="circular", bias=False)
        self.deepening = ResidualBlock(features)
        self.wiener = FeatureWiener(features)
        self.refining = Refining(features + 2 * channels, channels, width=width, blocks=blocks)
        nn.init.orthogonal_(self.opening.weight)

    def forward(
        self, degraded: Tensor, *, kernel: Tensor, mask: Tensor | None = None, saturated: Tensor | None = None
    ) -> Tensor:
        """Restore N,C,H,W blurred by ``kernel`` (N,k,k); the same size comes back, unclipped.

        ``mask`` and ``saturated`` (N,1,H,W or N,C,H,W): see ``each_channel``.
        """
        return in_light(self.transfer, self._restored, degraded, kernel=kernel, mask=mask, saturated=saturated)

    def _restored(self, degraded: Tensor, *, kernel: Tensor, mask: Tensor | None, saturated: Tensor | None) -> Tensor:
        with torch.autocast(degraded.device.type, enabled=False):
            exact = degraded.float().contiguous()
            canvas = canvas_for(*degraded.shape[-2:], side=kernel.shape[-1], boundary=self.boundary)
            blur = Blur(kernel.float(), canvas)
            sigma = noise_level(exact if mask is None else filled(exact, mask)).clamp_min(_LEAST_SIGMA)
            told = list(parted_channels(exact, blur, sigma, mask=mask, saturated=saturated))
            scenes = [self._classical(one.recorded, blur, sigma) for one in told]
            pairs = list(zip(told, scenes, strict=True))
            completed = torch.cat([_completed(one.recorded, blur.forward(x)) for one, x in pairs], dim=1)
            classical, exact = torch.cat(scenes, dim=1), canvas.crop(completed)
        maps = self.deepening(self.opening(completed))
        with torch.autocast(degraded.device.type, enabled=False):
            restored = canvas.crop(self.wiener(maps.float().contiguous(), blur, sigma))
            classical = canvas.crop(classical)
        refined = self.refining(torch.cat([restored, classical, exact], dim=1))
        estimate: Tensor = classical + refined.float()
        beyond = [one.joined(torch.zeros_like(x)) for one, x in pairs]
        return estimate + canvas.crop(torch.cat(beyond, dim=1))

    def _classical(self, recorded: Recorded, blur: Blur, sigma: Tensor) -> Tensor:
        """The Wiener estimate on the whole canvas, N,1,rows,columns."""
        size = recorded.canvas.size
        ratio = _BASE * sigma.square() * gradient_power(size, recorded.values)
        guess = spectrum(recorded.start)
        return picture(DataTerm(blur, recorded, sigma, steps=self.steps).solve(ratio, None, guess), size)


def _completed(recorded: Recorded, blurred: Tensor) -> Tensor:
    """The values, replaced by the estimate's prediction where they are unknown."""
    mask = recorded.weight
    return recorded.values if mask is None else mask * recorded.values + (1.0 - mask) * blurred
