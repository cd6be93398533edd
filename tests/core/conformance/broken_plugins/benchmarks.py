"""Broken benchmarks and, of any kind, broken declarations."""

from __future__ import annotations

import math
from typing import Any

from burnish.plugins.declarations import BenchmarkSpec, RestorerSpec

from broken_plugins import broken
from broken_plugins.restorers import SOUND, Mean

NOISE: dict[str, Any] = {"degrader": "degradations/gaussian-noise", "metrics": ("metrics/psnr",), "factory": ""}


@broken(BenchmarkSpec, "uses installed metrics and degraders", **NOISE | {"metrics": ("metrics/pnsr",)})
def misspelt_metric() -> None:
    """It names a metric that is not installed."""


@broken(BenchmarkSpec, "uses installed metrics and degraders", **NOISE, degrader_config={"sigmas": 0.1})
def misspelt_setting() -> None:
    """It gives its degrader a setting that this does not have."""


@broken(BenchmarkSpec, "names a known colour convention", **NOISE, colour="bgr")
def unknown_colour() -> None:
    """Its colours are none of the three conventions."""


@broken(
    BenchmarkSpec,
    "has published figures of its own metrics",
    **NOISE,
    published={"BM3D": {"metrics/ssim": 0.8}},
)
def figures_of_others() -> None:
    """Its published figures are of a metric that it does not measure."""


@broken(
    BenchmarkSpec,
    "scores a picture",
    **NOISE | {"degrader": "degradations/sequence"},
    degrader_config={"steps": [{"id": "degradations/gausian-noise"}]},
)
def misspelt_step() -> None:
    """A step of its degrader is not installed."""


@broken(RestorerSpec, "has a summary of one line", **SOUND, summary="Means.")
class FullStop(Mean):
    """Its summary ends with a full stop."""


@broken(
    RestorerSpec,
    "describes its settings",
    **SOUND,
    config={"side": {"type": "integer", "default": 2.5, "description": "in pixels"}},
)
class WrongDefault(Mean):
    """The default of a setting does not match its own schema."""

    def __init__(self, side: float) -> None:
        pass


@broken(RestorerSpec, "names known tasks", **SOUND | {"tasks": frozenset({"denoising"})})
class MisspeltTask(Mean):
    """Its task is nearly a known word."""


@broken(
    RestorerSpec,
    "survives pickling and json",
    **SOUND,
    config={"level": {"type": "number", "default": math.nan, "description": "of black"}},
)
class NotJson(Mean):
    """The default of a setting is a number that JSON does not know."""

    def __init__(self, level: float) -> None:
        pass
