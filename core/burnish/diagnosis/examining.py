"""Take the measures of one picture and say how sure they are."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from burnish.diagnosis.diagnosis import BlurFound, Diagnosis, JpegFound, Light, Noise
from burnish.io import Picture, to_tensor
from burnish.ops.measures.blur import blur_width
from burnish.ops.measures.blur_kind import blur_kind
from burnish.ops.measures.compression import jpeg_quality
from burnish.ops.measures.correlation import CORRELATED_ALONE, channel_correlation, noise_correlation, quiet_levels
from burnish.ops.measures.enlargement import enlargement
from burnish.ops.measures.faint_noise import faint_noise
from burnish.ops.measures.jpeg_traces import jpeg_traces
from burnish.ops.measures.noise import noise_sigmas
from burnish.ops.measures.pixels import LUMA, SIDE, central, luma_of

Pixels = NDArray[np.float32]

GRAIN = 1.9 / 255
"""Deviation of grain and texture that 9 of 10 photographs of CBSD68 stay below."""
SCATTER = 0.03
"""Relative error of the noise of one picture; ``CLIPPING`` more for each unit of it, since clipped noise is smaller."""
CLIPPING = 0.4
QUIET = (0.02, 0.1, 0.3)
"""Parts of the blocks with least structure whose levels are compared."""
EVEN, PLAIN = (0.8, 0.85), 1.2 / 255
"""Noise has nearly the same level in all of them, and at least this; texture has not, in 67 of the 68 of CBSD68."""
ALIKE, LOUD = (0.9, 0.8), 8 / 255
"""The same for white noise below ``LOUD``; above, no texture of CBSD68 or Kodak reads as noise."""
IRREGULAR = 2.2
"""Pixels of ``blur_width`` beyond which edges are blurred, though no simple kernel explains it; Kodak: up to 1.9."""
EVIDENT, UNSURE = 0.05, 0.25
"""A blur that explains the spectrum better by this is read within ``SURE``, others within ``UNSURE``."""
SURE = 0.1


def examine(picture: Picture, path: Path | None = None) -> Diagnosis:
    """Diagnose a picture by its middle, at most 1024 pixels a side, as it is stored; alpha does not count.

    Args:
        picture: With one or three channels.
        path: Its file, whose own JPEG quality is told, too.
    """
    pixels, luma = examined(picture)
    noise = noise_of(pixels, luma)
    return Diagnosis(
        width=picture.width,
        height=picture.height,
        channels=picture.pixels.shape[2],
        depth=picture.pixels.dtype.name,
        noise=noise,
        blur=blur_of(pixels, luma, noise),
        jpeg=jpeg_of(luma, path),
        enlarged=enlargement(luma),
        light=_light(pixels, luma),
    )


def examined(picture: Picture, side: int = SIDE) -> tuple[Pixels, Pixels]:
    """The middle of a picture, H,W,C in [0, 1], C being 1 where all channels are equal; and its luma, H,W."""
    middle = to_tensor(Picture(pixels=central(picture.pixels, side), metadata=picture.metadata))
    pixels = np.ascontiguousarray(middle[0].permute(1, 2, 0).numpy())
    if (pixels == pixels[:, :, :1]).all():  # grey, whatever the file says
        pixels = pixels[:, :, :1]
    return pixels, luma_of(pixels)


def noise_of(pixels: Pixels, luma: Pixels) -> Noise:
    """The noise of what ``examined`` gave."""
    white = noise_sigmas(pixels)
    sigma = float(np.mean(white))
    neighbours = noise_correlation(luma)
    channels = channel_correlation(pixels.transpose(2, 0, 1))
    along = None if neighbours is None else neighbours.largest
    if (faint := faint_noise(luma)) is not None:
        return Noise(
            sigma=faint.sigma, low=faint.low, high=faint.high, channels=tuple(white), neighbours=faint.neighbours,
            between_channels=channels, correlated=True,
        )  # fmt: skip
    least, few, some = quiet_levels(luma, QUIET) or (0.0, 0.0, 0.0)
    even = least > EVEN[0] * few and few > EVEN[1] * some and least > PLAIN
    correlated = even and max(along or 0.0, channels or 0.0) > CORRELATED_ALONE
    sigma = max(sigma, few) if correlated else sigma
    told = correlated or sigma >= LOUD or _alike(pixels, sigma)
    low = math.sqrt(max(0.0, sigma**2 - GRAIN**2)) * (1.0 - SCATTER) if told else 0.0
    high = sigma * (1.0 + SCATTER + CLIPPING * sigma)
    return Noise(
        sigma=sigma, low=low, high=high, channels=tuple(white), neighbours=along, between_channels=channels,
        correlated=correlated,
    )  # fmt: skip


def _alike(pixels: Pixels, sigma: float) -> bool:
    """Whether white noise has the same level in the quietest blocks, in the quiet ones, and in more."""
    least = float(np.mean(noise_sigmas(pixels, 0.01, 32)))
    more = float(np.mean(noise_sigmas(pixels, 0.2)))
    return least > ALIKE[0] * sigma and sigma > ALIKE[1] * more


def blur_of(pixels: Pixels, luma: Pixels, noise: Noise) -> BlurFound | None:
    """The blur of what ``examined`` gave, with the noise that is in it; None: too small, or too flat to say."""
    level = noise.sigma * (1.0 if noise.correlated or pixels.shape[2] == 1 else float(np.linalg.norm(LUMA)))
    found, width = blur_kind(luma, level), blur_width(luma, level)
    if found is None:
        return None
    if found.kind == "none" and width is not None and width > IRREGULAR:
        return BlurFound(
            kind="irregular", size=width, low=width * (1.0 - UNSURE), high=width * (1.0 + UNSURE), angle=None
        )
    error = SURE if found.better >= EVIDENT else UNSURE
    return BlurFound(
        kind=found.kind,
        size=found.size,
        low=found.size * (1.0 - error),
        high=found.size * (1.0 + error),
        angle=found.angle if found.kind == "motion" else None,
    )


def jpeg_of(luma: Pixels, path: Path | None = None) -> JpegFound:
    """The compression that the luma tells, and that of the file."""
    traces = jpeg_traces(luma)
    return JpegFound(
        file_quality=None if path is None else jpeg_quality(path),
        quality=None if traces is None else traces.quality,
        offset=None if traces is None else traces.offset,
        first_quality=None if traces is None else traces.first_quality,
    )


def _light(pixels: Pixels, luma: Pixels) -> Light:
    return Light(
        brightness=float(luma.mean(dtype=np.float64)),
        contrast=float(luma.std(dtype=np.float64)),
        black=float((pixels <= 0.0).any(axis=2).mean()),
        white=float((pixels >= 1.0).any(axis=2).mean()),
    )
