"""The measures of an arriving picture, and their tolerances."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from burnish.io import Picture, read_picture, to_tensor
from burnish.ops.measures.blur import LARGEST
from burnish.ops.measures.compression import jpeg_quality
from burnish.ops.measures.pixels import SIDE, central, measure_pixels

Figures = Mapping[str, float | None]
"""Measure → figure; None if the picture does not show it."""

LOSSLESS = 100
"""The value for a file that is not a JPEG: the best quality."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure: its name, and how far beyond the training's band a difference matters."""

    title: str
    unit: str
    """Empty: a plain number."""
    margin: float = 0.0
    """Beyond the band by this much, in the measure's unit, is still inside."""
    ratio: float = 1.0
    """Beyond the band by this factor is still inside; for measures of scale."""
    digits: int = 3
    """Printed decimals."""
    range: tuple[float, float] = (0.0, math.inf)
    """The possible range."""


OUTPUT_QUALITY = "output_quality"
INTERVAL_WIDTH = "interval_width"

MEASURES: Mapping[str, Measure] = {
    "noise": Measure(title="Noise", unit="of white", margin=2 / 255, ratio=1.05, digits=4, range=(0.0, 1.0)),
    "blur": Measure(title="Blur", unit="px", margin=0.15, digits=2, range=(0.0, LARGEST)),
    "jpeg_quality": Measure(title="JPEG quality", unit="of 100", margin=10.0, digits=0, range=(1.0, 100.0)),
    "blockiness": Measure(title="Blockiness", unit="", margin=0.05, range=(-1.0, math.inf)),
    "brightness": Measure(title="Brightness", unit="of white", margin=0.05, range=(0.0, 1.0)),
    "contrast": Measure(title="Contrast", unit="of white", margin=0.03, range=(0.0, 0.5)),
    "resolution": Measure(title="Resolution", unit="megapixels", ratio=1.5, digits=2),
    OUTPUT_QUALITY: Measure(title="Output quality", unit="", ratio=1.1, digits=2, range=(-math.inf, math.inf)),
    INTERVAL_WIDTH: Measure(title="Interval width", unit="of white", ratio=1.1, digits=4, range=(0.0, 1.0)),
}
"""Id → measure. ``output_quality`` (a metric's figure) and ``interval_width`` (the mean width of calibrated intervals)
are of the restored picture, all others of the arriving one."""


def measure_file(path: Path, output: Callable[[Tensor], Figures] | None = None) -> dict[str, float | None]:
    """All measures of a picture file as a restorer would see it: pixels without data are filled.

    Args:
        path: The file.
        output: Restores 1,C,H,W in [0, 1] and measures that; None: the output is not measured.

    Raises:
        ImagingError: It cannot be read.
    """
    picture = read_picture(path)
    quality = jpeg_quality(path)
    middle = to_tensor(Picture(pixels=central(picture.pixels, SIDE), metadata=picture.metadata))
    figures = measure_pixels(middle[0].permute(1, 2, 0).contiguous().numpy())
    figures["jpeg_quality"] = float(LOSSLESS if quality is None else quality)
    figures["resolution"] = picture.width * picture.height / 1e6
    if output is not None:
        figures.update(output(middle))
    return figures


def as_tensor(pixels: NDArray[np.float32]) -> Tensor:
    """H,W,C as 1,C,H,W."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
