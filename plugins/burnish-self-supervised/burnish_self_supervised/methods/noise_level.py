"""The variance of noise as an affine function of the value; unclipped, as unbiased estimates need it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class NoiseLevel:
    """``variance(x) = gain · (x − offset) + read_noise²``, each picture with its own figures N, in units of [0, 1]."""

    gain: Tensor
    """Of the Poisson part: what one more electron adds to the value; 0: Gaussian noise."""
    read_noise: Tensor
    """Standard deviation of the Gaussian part."""
    offset: Tensor
    """The value without light."""

    def variance(self, values: Tensor) -> Tensor:
        """At values N,C,H,W. Of noisy values, an unbiased estimate of the variance; it may be negative."""
        gain, read_noise, offset = (figure.reshape(-1, 1, 1, 1).to(values) for figure in self.figures)
        return gain * (values - offset) + read_noise.square()

    @property
    def figures(self) -> tuple[Tensor, Tensor, Tensor]:
        """Gain, read noise and offset, each N."""
        return self.gain, self.read_noise, self.offset
