"""The depth in which a metric scores: that of the clean pictures' files, reported in their levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from burnish.io.depth import Depth
from burnish.io.picture import PEAKS
from burnish.plugins.declarations import MetricSpec

FILE = "file"
"""The setting ``rounding`` of metrics that judge in the depth of the clean pictures' files."""

ROUNDING: Mapping[Depth, str] = {"uint8": "uint8", "uint16": "uint16", "float32": "none"}
"""Depth of the files → how values are rounded; float files hold every value."""


def judged(config: Mapping[str, object], depth: Depth) -> dict[str, object]:
    """A metric's complete settings with ``rounding: file`` replaced by what suits files of that depth."""
    return {**config, "rounding": ROUNDING[depth]} if config.get("rounding") == FILE else dict(config)


def stated(spec: MetricSpec, config: Mapping[str, Any], depth: Depth) -> dict[str, object]:
    """The protocol as stored with scores: declaration and settings, ``data_range`` in the effective levels.

    Of 8 bit that is 255, of 16 bit 65535, of float 1, or the part of it that the setting ``data_range`` says.
    """
    protocol: dict[str, Any] = {**spec.protocol, **judged(config, depth)}
    if FILE in spec.config.get("rounding", {}).get("enum", ()):
        levels = PEAKS.get(protocol["rounding"], PEAKS[depth]) * float(config.get("data_range", 1.0))
        protocol["data_range"] = int(levels) if levels == int(levels) else levels
    return protocol
