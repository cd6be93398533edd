"""The shared parts of several metrics' declarations: settings, conventions, sources."""

from collections.abc import Mapping
from typing import Any

ROUNDING = {
    "type": "string",
    "enum": ["file", "uint8", "uint16", "clip", "none"],
    "default": "file",
    "description": "uint8, uint16: clip to [0, 1] and round half up to 8 or 16 bit; clip: only clip; none: "
    "unchanged values; file: to the depth of the clean pictures' files, float files not rounded",
}
RANGE = {
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": 1,
    "default": 1.0,
    "description": "part of [0, 1] that counts as the whole range, for pictures that fill only the lower part of their "
    "files (12 bits stored in 16: 0.0625); the protocol states it in the files' levels",
}
BORDER = {
    "anyOf": [{"type": "integer", "minimum": 0}, {"const": "scale"}],
    "default": "scale",
    "description": "pixels cut off at every side; scale: as many as the factor of enlargement, 0 without enlargement",
}
CONFIG: Mapping[str, Mapping[str, Any]] = {"border": BORDER, "rounding": ROUNDING, "data_range": RANGE}

STUDIO = "BT.601 studio, Y = 16 + (65.481 R + 128.553 G + 24.966 B)/255, unrounded; one channel is taken as Y"
CHANNELS = "all channels as given, luma not computed"
PSNR = {"formula": "10 log10(peak²/MSE) of each image; inf for equal images", "data_range": 255}
SSIM = {
    "window": "Gaussian 11×11, σ 1.5, where it is wholly inside the picture",
    "constants": "K = (0.01, 0.03)",
    "variances": "biased",
    "data_range": 255,
}
WANG = "doi:10.1109/TIP.2003.819861"
LUMA = "BT.601 over the full range, Y = 0.299 R + 0.587 G + 0.114 B, unrounded; one channel is taken as Y"
