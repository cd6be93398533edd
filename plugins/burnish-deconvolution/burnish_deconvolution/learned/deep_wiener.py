"""Deep Wiener deconvolution: Wiener filters in a space of learned features, and a small U-net for refinement."""

from __future__ import annotations

import torch
from burnish.inference import in_light
from torch import Tensor, nn
from torch.nn import functional

from burnish_deconvolution.learned.refining import Refining, ResidualBlock
from burnish_deconvolution.model.blur import Blur, picture, spectrum
from burnish_deconvolution.model.canvas import Boundary, canvas_for
from burnish_deconvolution.model.noise_level import noise_level
from burnish_deconvolution.model.recorded import Recorded, filled
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.channels import parted_channels, per_picture
from burnish_deconvolution.solvers.quadratic import DataTerm
from burnish_deconvolution.solvers.wiener import gradient_power

_LEAST_SIGMA = 1e-3
"""Least noise level, also for a noiseless picture: the rounding of 8 bit is 1.1e-3."""
_MISTRUST = 2e-3
"""Where the learned level begins of what the kernel gets wrong."""
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
    picture where nobody tells it; what the kernel gets wrong counts as more of it, by a level that is learned. The
    features' first layer is linear, so that blur and features commute. An untrained network gives the classical Wiener
    estimate.

    Measured kernels are inexact. With ``mistake`` training shows kernels with an error of up to that part of their
    largest value around their path, and up to half a pixel softer.

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
        mistake: float = 0.0,
        boundary: Boundary = "unknown",
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__()
        self.channels = channels
        self.steps = steps
        self.mistake = mistake
        self.boundary: Boundary = boundary
        self.transfer: TransferName = transfer
        self.opening = nn.Conv2d(channels, features, 5, padding=2, padding_mode="circular", bias=False)
        self.deepening = ResidualBlock(features)
        self.wiener = FeatureWiener(features)
        self.refining = Refining(features + 2 * channels, channels, width=width, blocks=blocks)
        self.mistrust = nn.Parameter(torch.tensor(_MISTRUST).log())
        nn.init.orthogonal_(self.opening.weight)

    def forward(
        self,
        degraded: Tensor,
        *,
        kernel: Tensor,
        sigma: Tensor | None = None,
        mask: Tensor | None = None,
        saturated: Tensor | None = None,
    ) -> Tensor:
        """Restore N,C,H,W blurred by ``kernel`` (N,k,k) with noise ``sigma`` (N); the same size comes back, unclipped.

        ``mask`` and ``saturated`` (N,1,H,W or N,C,H,W): see ``each_channel``.
        """
        if self.training and self.mistake > 0.0:
            kernel = mistaken(kernel, self.mistake)
        told = {"kernel": kernel, "sigma": sigma, "mask": mask, "saturated": saturated}
        return in_light(self.transfer, self._restored, degraded, **told)

    def _restored(
        self,
        degraded: Tensor,
        *,
        kernel: Tensor,
        sigma: Tensor | None,
        mask: Tensor | None,
        saturated: Tensor | None,
    ) -> Tensor:
        with torch.autocast(degraded.device.type, enabled=False):
            exact = degraded.float().contiguous()
            canvas = canvas_for(*degraded.shape[-2:], side=kernel.shape[-1], boundary=self.boundary)
            blur = Blur(kernel.float(), canvas)
            seen = noise_level(exact if mask is None else filled(exact, mask)) if sigma is None else sigma
            noise = per_picture(seen, exact).clamp_min(_LEAST_SIGMA)
            sigma = (noise.square() + (2.0 * self.mistrust).exp()).sqrt()
            level = sigma.detach()  # what is classical learns nothing
            told = list(parted_channels(exact, blur, level, mask=mask, saturated=saturated))
            scenes = [self._classical(one.recorded, blur, level) for one in told]
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


def mistaken(kernel: Tensor, most: float) -> Tensor:
    """Kernels N,k,k as a measurement may give them: softer by up to half a pixel, and with errors near their path.

    Args:
        kernel: True kernels, which sum to 1.
        most: Largest standard deviation of the errors, as a part of the kernel's largest value.
    """
    count, device = len(kernel), kernel.device
    soft = torch.rand(count, 1, device=device) * 0.1
    line = torch.cat([soft, 1.0 - 2.0 * soft, soft], dim=1)
    weight = (line[:, :, None] * line[:, None, :])[:, None].to(kernel)
    blurred = functional.conv2d(kernel[None], weight, padding=1, groups=count)[0]
    near = functional.max_pool2d(blurred[:, None], 3, stride=1, padding=1)[:, 0]
    error = most * torch.rand(count, 1, 1, device=device) * torch.randn(kernel.shape, device=device)
    wrong = (blurred + error.to(kernel) * near).clamp_min(0.0)
    return wrong / wrong.sum(dim=(1, 2), keepdim=True).clamp_min(1e-12)


def _completed(recorded: Recorded, blurred: Tensor) -> Tensor:
    """The values, replaced by the estimate's prediction where they are unknown."""
    mask = recorded.weight
    return recorded.values if mask is None else mask * recorded.values + (1.0 - mask) * blurred
