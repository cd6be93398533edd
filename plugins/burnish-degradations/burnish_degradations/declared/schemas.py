"""The JSON Schemas that the settings of several degraders share."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

SCALES = (2, 3, 4, 8)
BURST_SCALES = (1, 2, 3, 4)


def interval(default: float | Sequence[float], description: str, *, least: float, most: float | None = None) -> Schema:
    """The schema of a number, or of [lowest, highest] of a uniform distribution."""
    number: dict[str, Any] = {"type": "number", "minimum": least}
    if most is not None:
        number["maximum"] = most
    pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    value = default if isinstance(default, int | float) else list(default)
    return {"anyOf": [number, pair], "default": value, "description": f"{description}; a number or [lowest, highest]"}


def number(default: float, description: str, *, most: float, least: float = 0.0) -> Schema:
    """The schema of one number."""
    return {"type": "number", "minimum": least, "maximum": most, "default": default, "description": description}


SIGMA = "standard deviation of the noise in [0, 1] units (25/255 = 0.098)"

ANGLE = interval((0.0, 180.0), "direction in degrees, counter-clockwise from the right", least=-360.0, most=360.0)

TRANSFER: Schema = {
    "enum": ["linear", "srgb"],
    "default": "linear",
    "later": True,
    "description": "linear: blurs the stored values; srgb: blurs the light behind them, as in a camera",
}

BLUR: Mapping[str, Schema] = {
    "boundary": {
        "enum": ["circular", "valid", "reflect"],
        "default": "reflect",
        "description": "outside the picture: its opposite side; nothing (the picture shrinks); its mirror image",
    },
    "noise": interval(0.0, f"noise added to the values after the blur: {SIGMA}", least=0.0, most=1.0),
    "transfer": TRANSFER,
}

KNOWN_BLUR = frozenset({"kernel", "sigma"})
