"""The blind-spot denoiser: a prior from all other pixels, and Bayes for the pixel itself (Laine et al. 2019)."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from burnish_self_supervised.methods.posterior import Prior, posterior_mean
from burnish_self_supervised.networks.half_plane import HalfPlaneUNet, all_around
from burnish_self_supervised.networks.surroundings import surroundings

Noise = Literal["gaussian", "poisson-gaussian"]

START = 0.1
"""Standard deviation of the noise that an untrained network assumes, and square root of its gain."""
PRIOR = 0.03
"""Standard deviation of an untrained network's prior: small, so that what could be either counts as noise."""
LEAST = 1e-6
"""Variances of noise below this, in [0, 1] units squared, count as this."""
TINY = 1e-8
"""The least gain and read noise that are kept."""


class BlindSpotNet(nn.Module):
    """estimate = E[x | y, surroundings] with a Gaussian prior N(μ, Σ) of every pixel from all the others.

    One U-net that sees the rows above a pixel looks at the picture turned four ways, and 1×1 convolutions join what it
    finds (arXiv 1901.10277). μ is the mean of the eight neighbours plus what the network adds; Σ = A Aᵀ. The noise has
    variance ``gain · max(x − offset, 0) + read_noise²``, of which the model keeps one for all pictures: set, or learned
    with the network. Where ``sigma`` is given, it counts instead. The prior cannot depend on the pixel; the estimate
    does, by the noise model alone; without ``own_pixel`` it is μ, which needs no noise model. Heights and widths must
    be multiples of ``size_multiple``.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        width: int = 24,
        levels: int = 3,
        blocks: int = 1,
        unshuffle: int = 2,
        noise: Noise = "gaussian",
        own_pixel: bool = True,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.own_pixel = own_pixel
        self.noise = noise
        features, joined, entries = max(1, width // 2), 2 * width, channels * (channels + 1) // 2
        self.network = HalfPlaneUNet(
            channels=channels, features=features, width=width, levels=levels, blocks=blocks, unshuffle=unshuffle
        )
        self.join = nn.Sequential(
            nn.Conv2d(4 * features, joined, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(joined, joined, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(joined, channels + entries, 1),
        )
        for layer in self.join:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        nn.init.zeros_(self.join[-1].weight)  # type: ignore[arg-type]
        self.log_read_noise = nn.Parameter(torch.tensor(math.log(START)))
        if noise == "poisson-gaussian":
            self.log_gain = nn.Parameter(torch.tensor(2.0 * math.log(START)))
        self.register_buffer("offset", torch.zeros(()))
        self.offset: Tensor

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this."""
        return self.network.size_multiple

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the square that one output pixel depends on."""
        return 2 * self.network.reach + 1

    @property
    def read_noise(self) -> Tensor:
        """Standard deviation of the Gaussian part of the noise: a scalar, in units of [0, 1]."""
        return self.log_read_noise.exp()

    @property
    def gain(self) -> Tensor:
        """Of the Poisson part: a scalar, in units of [0, 1]; 0 where the noise is Gaussian."""
        return self.log_gain.exp() if self.noise == "poisson-gaussian" else torch.zeros_like(self.log_read_noise)

    def requires_grad_level(self, learned: bool) -> None:
        """Whether the kept noise model is learned."""
        for name, parameter in self.named_parameters():
            if name in ("log_read_noise", "log_gain"):
                parameter.requires_grad_(learned)

    @torch.no_grad()
    def move_level(self, *, gain: Tensor, read_noise: Tensor, offset: Tensor, share: float) -> None:
        """Move the kept noise model by ``share`` of the way to scalars in units of [0, 1]; 1: set it."""
        kept = torch.stack([self.gain, self.read_noise, self.offset])
        moved = kept.lerp(torch.stack([gain, read_noise, offset]).to(kept), share)
        if self.noise == "poisson-gaussian":
            self.log_gain.copy_(moved[0].clamp_min(TINY).log())
        self.log_read_noise.copy_(moved[1].clamp_min(TINY).log())
        self.offset.copy_(moved[2])

    def prior(self, degraded: Tensor) -> Prior:
        """What the other pixels of N,C,H,W say about every pixel; in float32."""
        found = self.join(all_around(self.network, degraded)).float()
        entries = []
        for index, (row, column) in enumerate(_triangle(self.channels)):
            raw = found[:, self.channels + index]
            entries.append(PRIOR * (raw.clamp(-10.0, 10.0).exp() if row == column else raw))
        with torch.autocast(degraded.device.type, enabled=False):
            return Prior(
                mean=surroundings(degraded.float()) + found[:, : self.channels], root=torch.stack(entries, dim=1)
            )

    def variance(self, mean: Tensor, sigma: Tensor | None = None) -> Tensor:
        """Of the noise at the values N,C,H,W: the kept model's, or ``sigma``² where it is given (N)."""
        if sigma is not None:
            flat = sigma.to(mean).reshape(-1, 1, 1, 1).square()
        else:
            flat = self.gain * (mean - self.offset).clamp_min(0.0) + self.read_noise.square()
        return flat.clamp_min(LEAST).expand_as(mean)

    def forward(self, degraded: Tensor, sigma: Tensor | None = None) -> Tensor:
        """Restore N,C,H,W in [0, 1]; the same shape comes back, unclipped.

        Args:
            degraded: The noisy pictures.
            sigma: Standard deviation N of their noise, where it is known.
        """
        prior = self.prior(degraded)
        if not self.own_pixel:
            return prior.mean
        return posterior_mean(degraded.float(), prior, self.variance(prior.mean, sigma))


def _triangle(size: int) -> list[tuple[int, int]]:
    return [(row, column) for row in range(size) for column in range(row + 1)]
