"""The noise of a sensor as a model: counted photons (Poisson) and their reading (Gaussian)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["NoiseModel"]


@dataclass(frozen=True)
class NoiseModel:
    """A noisy value y of true value x: y = b + a·Poisson((x − b)/a) + r·n, n standard normal; its mean is x.

    Its variance is a·max(x − b, 0) + r². With a = 0 the noise is Gaussian and the same everywhere.

    Source: Foi, Trimeche, Katkovnik, Egiazarian, doi:10.1109/TIP.2008.2001399.

    Raises:
        ConfigError: A value that is not finite, or a negative ``gain`` or ``read_noise``.
    """

    gain: float = 0.0
    """a: the brightness of one counted electron, in [0, 1] units; 0: no photon noise."""
    read_noise: float = 0.0
    """r: standard deviation of the part that is the same at every brightness, in [0, 1] units."""
    offset: float = 0.0
    """b: the value without light (black level), in [0, 1] units."""

    def __post_init__(self) -> None:
        for name in ("gain", "read_noise", "offset"):
            value = getattr(self, name)
            if not math.isfinite(value) or (value < 0.0 and name != "offset"):
                allowed = "a finite number" if name == "offset" else "a finite number of at least 0"
                raise ConfigError(f"noise model: {name} is {value}; give {allowed}, in units of [0, 1]")

    def variance(self, x: Tensor) -> Tensor:
        """The noise's variance gain·max(x − offset, 0) + read_noise² at true values x.

        Args:
            x: True values, or an estimate of them, of any shape, in [0, 1] units.

        Returns:
            The same shape and type, in squared [0, 1] units.
        """
        return self.gain * (x - self.offset).clamp_min(0.0) + self.read_noise**2
