"""The estimators of optical flow, by name behind one interface."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from burnish.errors import ConfigError
from torch import Tensor

FACTORIES = {
    "dis": "burnish_optical_flow.estimators.dis:Dis",
    "farneback": "burnish_optical_flow.estimators.farneback:Farneback",
    "horn-schunck": "burnish_optical_flow.estimators.horn_schunck:HornSchunck",
    "lucas-kanade": "burnish_optical_flow.estimators.lucas_kanade:LucasKanade",
}
"""Name → ``"module:class"``."""


class Estimator(Protocol):
    """Two frames → the motion between them; deterministic, each pair of a batch separately."""

    def __call__(self, first: Tensor, second: Tensor) -> Tensor:
        """Two N,C,H,W in [0, 1], C = 1 or 3 → N,2,H,W float32 in pixels, dx and dy: first(x) ≈ second(x + flow(x))."""
        ...


def make_estimator(name: str, **config: Any) -> Estimator:
    """The estimator of that name, with its settings ``config``.

    Raises:
        ConfigError: There is none of that name, or it has no such setting.
    """
    if name not in FACTORIES:
        raise ConfigError(f"there is no flow estimator {name!r}; choose one of {', '.join(FACTORIES)}")
    module, _, attribute = FACTORIES[name].partition(":")
    try:
        estimator: Estimator = getattr(import_module(module), attribute)(**config)
    except TypeError as error:
        raise ConfigError(f"the flow estimator {name} does not accept these settings: {error}") from error
    return estimator
