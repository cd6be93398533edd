"""Blind-spot learning: what all other pixels say of a pixel becomes likely (Laine et al. 2019, arXiv 1901.10277)."""

from __future__ import annotations

import logging
import math
from typing import Any

import torch
from burnish.errors import ConfigError
from burnish.protocols import Observation
from burnish.training import Batch, mean
from torch import Tensor

from burnish_self_supervised.learners.known_level import ConfiguredLevel, observed_level
from burnish_self_supervised.learners.noisy_learner import NoisyLearner, even_part
from burnish_self_supervised.methods.noise_level import NoiseLevel
from burnish_self_supervised.methods.posterior import negative_log_likelihood
from burnish_self_supervised.methods.sure import rough_variance
from burnish_self_supervised.networks.blind_spot_net import LEAST, BlindSpotNet

_log = logging.getLogger("burnish.self_supervised")

SPREAD = 4.0
"""Ratio of the largest to the least level of a batch, from which one level for all is a bad one."""
MEMORY = 0.99
"""Of the mean noise level that the network keeps where each picture has its own."""


class BlindSpot(NoisyLearner):
    """``−log N(y; μ, Σ + V) / C`` with prior mean μ and covariance Σ from all other pixels, and the noise's V.

    The level of the noise is what is known of the pictures, else what is configured, else it is learned with the
    network; it begins with a robust estimate from the first batch, and ``level_weight`` times its standard deviation is
    taken from the loss, as in the paper, so that what could be either counts as noise. The network keeps the level, for
    use on pictures of which none is known.
    """

    restorer: BlindSpotNet
    level_seen: Tensor

    def __init__(
        self,
        *args: Any,
        level_weight: float = 0.1,
        sigma: float | None = None,
        gain: float = 0.0,
        read_noise: float = 0.0,
        offset: float = 0.0,
    ) -> None:
        super().__init__(*args)
        self.level_weight = level_weight
        self.level = ConfiguredLevel(sigma=sigma, gain=gain, read_noise=read_noise, offset=offset)
        self.register_buffer("level_seen", torch.zeros((), dtype=torch.bool))
        with torch.no_grad():
            self.restorer.offset.fill_(offset)
        if self.level.known:
            self.restorer.requires_grad_level(False)
            self._keep(self.level.level(1))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Say every pixel from the others, compare with what was observed."""
        observation = self.noisy_batch(batch)
        level = observed_level(observation)
        if level is not None:
            self._keep(level)
        elif not bool(self.level_seen):
            self._begin(observation.degraded.float())
        loss = self._likelihood(observation, level).mean()
        if level is None and not self.level.known:
            loss = loss - self.level_weight * self.restorer.read_noise
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The PSNR in dB of a guess whose Gaussian error has the likelihood found, against the noisy pixels."""
        observation = self.noisy_crop(batch)
        nats = self._likelihood(observation, observed_level(observation)).double().mean()
        return -20.0 / math.log(10.0) * (nats - 0.5 * math.log(2.0 * math.pi * math.e))

    def _likelihood(self, observation: Observation, level: NoiseLevel | None) -> Tensor:
        degraded = even_part(observation.degraded, self.restorer.size_multiple)
        prior = self.restorer.prior(degraded)
        with torch.autocast(degraded.device.type, enabled=False):
            if level is None:
                variance = self.restorer.variance(prior.mean)
            else:
                gain, read_noise, offset = (figure.reshape(-1, 1, 1, 1).to(prior.mean) for figure in level.figures)
                grown = gain * (prior.mean - offset).clamp_min(0.0) + read_noise.square()
                variance = grown.clamp_min(LEAST).expand_as(prior.mean)
            return negative_log_likelihood(degraded.float(), prior, variance)

    @torch.no_grad()
    def _begin(self, degraded: Tensor) -> None:
        """Let a level that is learned begin at a rough one: of two kinds of noise, half of the variance is each."""
        rough = rough_variance(degraded)
        self._warn_of_spread(rough, degraded)
        variance = mean(rough).clamp_min(LEAST)
        each = 1.0 if self.restorer.noise == "gaussian" else 0.5
        gain = each * variance / (mean(degraded) - self.restorer.offset).clamp_min(1e-2)
        self.restorer.move_level(
            gain=gain, read_noise=(each * variance).sqrt(), offset=self.restorer.offset.clone(), share=1.0
        )
        self.level_seen.fill_(True)

    def _warn_of_spread(self, rough: Tensor, degraded: Tensor) -> None:
        """One level for pictures of different noise is too small for most, and the pixel itself counts too much."""
        level = rough.clamp_min(LEAST)
        if self.restorer.noise != "gaussian":
            level = level / (degraded.flatten(1).mean(dim=1) - self.restorer.offset).clamp_min(1e-2)
        spread = float(level.max() / level.min())
        if spread > SPREAD and self.restorer.own_pixel:
            _log.warning(
                "the noise of the first pictures seems to differ (variance: %.0f times), but one level is learned for "
                "all; if so, most stay noisy: write each level beside its picture (`burnish noise calibrate DIR "
                "--per-picture --sidecars`), or set restorer.config.own_pixel: false",
                spread,
            )

    @torch.no_grad()
    def _keep(self, level: NoiseLevel) -> None:
        """Let the network keep the level, or move it towards the mean of the levels of a batch.

        Raises:
            ConfigError: The noise grows with the value, but the network's does not.
        """
        if bool((level.gain > 0).any()) and self.restorer.noise == "gaussian":
            raise ConfigError(
                "the noise grows with the value (gain), but the network assumes the same noise everywhere; set noise: "
                "poisson-gaussian in restorer.config"
            )
        share = 1.0 - MEMORY if bool(self.level_seen) else 1.0
        gain, read_noise, offset = (mean(figure.float().to(self.restorer.offset)) for figure in level.figures)
        self.restorer.move_level(gain=gain, read_noise=read_noise, offset=offset, share=share)
        self.level_seen.fill_(True)
