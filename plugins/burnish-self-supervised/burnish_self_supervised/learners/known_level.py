"""The noise level that a learner knows: beside the pictures, else from its configuration."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from burnish.errors import ConfigError
from burnish.protocols import Observation
from torch import Tensor

from burnish_self_supervised.methods.noise_level import NoiseLevel


@dataclass(frozen=True, kw_only=True)
class ConfiguredLevel:
    """``sigma``, or ``gain``, ``read_noise`` and ``offset``, as a learner's configuration gives them.

    Raises:
        ConfigError: Both are given.
    """

    sigma: float | None = None
    """Standard deviation of Gaussian noise, in units of [0, 1]."""
    gain: float = 0.0
    read_noise: float = 0.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if self.sigma is not None and (self.gain or self.read_noise):
            raise ConfigError(
                "the learner is given sigma as well as gain or read_noise; give sigma for Gaussian noise, or gain and "
                "read_noise for noise that grows with the value"
            )

    @property
    def known(self) -> bool:
        """Whether a level is given."""
        return self.sigma is not None or self.gain > 0.0 or self.read_noise > 0.0

    def level(self, pictures: int) -> NoiseLevel:
        """The same for so many pictures."""
        read_noise = self.read_noise if self.sigma is None else self.sigma
        gain, read, offset = (torch.full((pictures,), figure) for figure in (self.gain, read_noise, self.offset))
        return NoiseLevel(gain=gain, read_noise=read, offset=offset)


def observed_level(observation: Observation) -> NoiseLevel | None:
    """What is known beside the pictures: ``gain`` with ``read_noise`` and ``offset``, else ``sigma``; None: nothing."""
    known = observation.conditions
    pictures = len(observation.degraded)
    nothing = torch.zeros(pictures)
    if "gain" in known:
        read_noise = known.get("read_noise", nothing)
        return NoiseLevel(
            gain=_each(known["gain"]), read_noise=_each(read_noise), offset=_each(known.get("offset", nothing))
        )
    if "sigma" in known:
        return NoiseLevel(gain=nothing, read_noise=_each(known["sigma"]), offset=nothing)
    return None


def level_of(observation: Observation, configured: ConfiguredLevel, learner: str) -> NoiseLevel:
    """What is known beside the pictures, else what is configured.

    Raises:
        ConfigError: Neither; names the learner.
    """
    found = observed_level(observation)
    if found is not None:
        return found
    if not configured.known:
        raise ConfigError(
            f"{learner} needs the level of the noise, but nothing is known of the pictures; write sigma, or gain and "
            "read_noise, into the file beside each picture, or into training.learner.config"
        )
    return configured.level(len(observation.degraded))


def with_sigma(observation: Observation, level: NoiseLevel) -> Observation:
    """The observation with the condition ``sigma``, where noise is the same everywhere and it is not there yet."""
    if "sigma" in observation.conditions or bool((level.gain > 0).any()):
        return observation
    sigma = level.read_noise.to(observation.degraded)
    return replace(observation, conditions={**observation.conditions, "sigma": sigma})


def _each(figures: Tensor) -> Tensor:
    return figures.reshape(-1).cpu().float()
