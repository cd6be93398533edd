"""Whether a picture is far from what the weights of a restorer were trained for, by the degrader of that training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from burnish.diagnosis.diagnosis import NOTICED, BlurFound, JpegFound, Noise
from burnish.diagnosis.examining import blur_of, examined, jpeg_of, noise_of
from burnish.io import Picture
from burnish.plugins.catalog import installed
from burnish.restorer.learned import BEYOND, Undone, always_undone, undone_in
from burnish.restorer.restorer import Restorer

SIDE = 512
"""Side in pixels of the middle that is examined."""
VISIBLE = 85
"""JPEG of this quality or more hardly shows, even when it is enlarged or sharpened."""
GROWING = 3 / 255
"""Noise that a restorer which does not denoise makes visible; texture of small pictures reads as less."""
SPREAD = {"length": 12.0**-0.5, "radius": 0.5, "sigma": 1.0}
"""Standard deviation of a blur's kernel for each pixel of its length (a straight motion), radius (a disk) or σ."""
SIZES = {"motion": SPREAD["length"], "disk": SPREAD["radius"], "gaussian": 1.0, "irregular": 1.0}
"""The same of a blur that is found."""


def unlike_training(loaded: Restorer, picture: Picture, white: float | None = None) -> tuple[str, ...]:
    """How the picture differs from what the weights learned, as a note of one line; empty where it does not.

    Noise, JPEG compression and blur are measured in its middle, as ``burnish diagnose`` does, each only where the task
    of the weights makes it matter. Weights that learned from pairs, or that no bundle describes, are not judged.

    Args:
        loaded: The restorer.
        picture: With one or three channels; others are not judged.
        white: The value that is white, by which it is divided for the restorer; None: 1.
    """
    if loaded.bundle is None or picture.channels not in (1, 3) or loaded.spec.temporal != "single":
        return ()
    degrader = loaded.bundle.training.get("facts", {}).get("degrader") or {}
    learned = tuple(undone_in(degrader, installed()))
    if not learned:
        return ()
    always = always_undone(degrader, installed())
    found = list(_differences(learned, always, loaded.channels, picture, white or 1.0))
    return (f"unlike what the weights learned: {'; '.join(found)}",) if found else ()


def _differences(
    learned: Sequence[Undone], always: frozenset[str], channels: Sequence[int], picture: Picture, white: float
) -> Iterator[str]:
    tasks = frozenset[str]().union(*(one.tasks for one in learned))
    pixels, luma = (values / np.float32(white) for values in examined(picture, SIDE))
    noise = noise_of(pixels, luma)
    if "denoise" in tasks and pixels.shape[2] == 3 and 3 not in channels:
        yield "colour, which they restore channel by channel: weights for colour denoise it better"
    yield from _of_noise(learned, noise, denoises="denoise" in tasks)
    if tasks - {"denoise"}:
        yield from _of_jpeg(learned, jpeg_of(luma), dejpegs="dejpeg" in tasks, always="dejpeg" in always)
    if "deblur" in tasks:
        yield from _of_blur(learned, blur_of(pixels, luma, noise), always="deblur" in always)


def _of_noise(learned: Sequence[Undone], noise: Noise, *, denoises: bool) -> Iterator[str]:
    names = ("sigma", "noise")
    ranges = [
        levels
        for one in learned
        for name in names
        if not (name == "sigma" and "deblur" in one.tasks) and (levels := one.range_of(name)) is not None
    ]
    least = min((low for low, _ in ranges), default=0.0)
    most = max((high for _, high in ranges), default=0.0)
    told = f"σ {255 * noise.sigma:.1f} of 255"
    if noise.low > most * BEYOND + (NOTICED if denoises else GROWING):
        limit = f"at most {255 * most:.1f}" if most else "none"
        fear = "much of it may stay" if denoises else "it may stay, or grow"
        yield f"noise of {told}, and they learned {limit}: {fear}"
    elif denoises and noise.high * BEYOND < least:
        yield f"noise of {told}, and they learned at least {255 * least:.1f}: fine texture may be lost"
    elif denoises and noise.correlated and noise.low >= NOTICED and not any(one.correlated for one in learned):
        yield "noise that is correlated between neighbouring pixels, and they learned independent noise: it may stay"


def _of_jpeg(learned: Sequence[Undone], jpeg: JpegFound, *, dejpegs: bool, always: bool) -> Iterator[str]:
    if not dejpegs and jpeg.quality is not None and jpeg.quality < VISIBLE:
        yield f"JPEG of quality {jpeg.quality}, which they did not learn: its artefacts may grow"
    ranges = [levels for one in learned if "dejpeg" in one.tasks and (levels := one.range_of("quality")) is not None]
    if ranges and always and jpeg.quality is None:
        yield "no trace of JPEG was found in it: detail may be lost"
    elif ranges and jpeg.quality is not None and not any(low <= jpeg.quality <= high for low, high in ranges):
        span = ", ".join(f"{low:g} to {high:g}" for low, high in ranges)
        yield f"JPEG of quality {jpeg.quality}, and they learned {span}"


def _of_blur(learned: Sequence[Undone], blur: BlurFound | None, *, always: bool) -> Iterator[str]:
    if blur is None:
        return
    if blur.kind == "none":
        if always:
            yield "no blur was found in it: it may become worse"
        return
    spreads = [
        levels[1] * factor
        for one in learned
        for name, factor in SPREAD.items()
        if "deblur" in one.tasks and (levels := one.range_of(name)) is not None
    ]
    if spreads and blur.low * SIZES[blur.kind] > max(spreads) * BEYOND:
        found, most = blur.size * SIZES[blur.kind], max(spreads)
        yield f"a blur as wide as a Gaussian of σ {found:.1f} pixels, and they learned up to {most:.1f}: it may ring"
