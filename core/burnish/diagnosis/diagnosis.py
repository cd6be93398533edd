"""The findings about one picture, as values, as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

NOTICED = 1.5 / 255
"""Noise below this deviation is not worth a word: photographs have as much grain of their own."""
CLIPPED = 0.005
"""A smaller part of clipped pixels is usual: highlights, deep shadows."""
DARK, BRIGHT = 0.15, 0.85
"""Mean brightness beyond these is dark, or bright."""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Noise, as standard deviations in [0, 1]."""

    sigma: float
    """Mean over channels; where it is correlated, that of the luma in flat areas."""
    low: float
    high: float
    """Where added noise lies in 9 of 10 photographs: their own grain and texture count in ``sigma``."""
    channels: tuple[float, ...]
    """Of each channel, as white noise."""
    neighbours: float | None
    """Correlation with the next pixel, −1..1; None: no noise to speak of."""
    between_channels: float | None
    """Correlation of the two channels that are most alike; None: grey, or no noise."""
    correlated: bool
    """Whether learners and restorers that assume independent pixels fail."""


@dataclass(frozen=True, kw_only=True)
class JpegFound:
    """Compression, in qualities of 1..100 by the Independent JPEG Group's tables."""

    file_quality: int | None
    """Of the file itself; None: it is no JPEG."""
    quality: int | None
    """That the values tell; None: no trace, or of more than 96."""
    offset: tuple[int, int] | None
    """Rows and columns from the picture's corner to the first whole block."""
    first_quality: int | None
    """Of an earlier, stronger compression on the same blocks."""


@dataclass(frozen=True, kw_only=True)
class BlurFound:
    """The blur that explains the spectrum best, in pixels."""

    kind: Literal["none", "gaussian", "disk", "motion", "irregular"]
    """``irregular``: edges are blurred, but by none of these alone: a shaking hand, several motions, depth."""
    size: float
    """σ of a Gaussian, and of what is irregular; radius of a disk; length of a straight motion."""
    low: float
    high: float
    angle: float | None
    """Of a motion: degrees from the right, counter-clockwise, of the pixels as they are stored."""


@dataclass(frozen=True, kw_only=True)
class Light:
    """Exposure, of values in [0, 1]."""

    brightness: float
    """Mean of the luma."""
    contrast: float
    """Its standard deviation."""
    black: float
    white: float
    """Parts of the pixels at the lower and the upper limit in any channel."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """All findings about one picture."""

    width: int
    height: int
    channels: int
    depth: str
    """Type of the stored values: uint8, uint16 or float32."""
    noise: Noise
    blur: BlurFound | None
    """None: too small, or too flat to say."""
    jpeg: JpegFound
    enlarged: float | None
    """The factor by which interpolation made it larger; None: no trace of that."""
    light: Light

    def as_json(self) -> dict[str, object]:
        """All values, with ``problems``."""
        return {**asdict(self), "problems": self.problems}

    @property
    def problems(self) -> list[str]:
        """Which of ``noise``, ``blur``, ``jpeg``, ``resolution``, ``clipping``, ``exposure`` are worth doing something.

        A restoration, or a new shot.
        """
        found = {
            "noise": self.noise.low >= NOTICED,
            "blur": self.blur is not None and self.blur.kind != "none",
            "jpeg": self.jpeg.quality is not None,
            "resolution": self.enlarged is not None,
            "clipping": max(self.light.black, self.light.white) >= CLIPPED,
            "exposure": not DARK <= self.light.brightness <= BRIGHT,
        }
        return [name for name, present in found.items() if present]

    def lines(self) -> Iterator[tuple[str, str]]:
        """What was examined, and the finding in words."""
        yield "noise", self._noise()
        yield "blur", self._blur()
        yield "JPEG", self._jpeg()
        yield "resolution", self._resolution()
        yield "light", self._light()

    def _noise(self) -> str:
        noise = self.noise
        if noise.low < NOTICED:
            return f"none to speak of (σ {255 * noise.sigma:.1f} of 255, grain and texture included)"
        words = f"σ {255 * noise.sigma:.1f} of 255 ({255 * noise.low:.1f} to {255 * noise.high:.1f})"
        if not noise.correlated:
            return f"{words}, independent between pixels"
        parts = [f"{noise.neighbours:.2f} between neighbours"] if noise.neighbours is not None else []
        parts += [f"{noise.between_channels:.2f} between channels"] if noise.between_channels is not None else []
        return f"{words}, correlated: {', '.join(parts)}"

    def _blur(self) -> str:
        blur = self.blur
        if blur is None:
            return "not to be told: the picture is too small or too flat"
        if blur.kind == "none":
            return "none"
        within = f"({blur.low:.1f} to {blur.high:.1f})"
        return {
            "gaussian": f"soft, like a Gaussian of σ {blur.size:.1f} pixels {within}",
            "disk": f"out of focus, a disk of radius {blur.size:.1f} pixels {within}",
            "irregular": f"soft or shaken, by no simple kernel; edges as by a Gaussian of σ {blur.size:.1f} {within}",
            "motion": f"a straight motion of {blur.size:.1f} pixels {within} at {blur.angle or 0.0:.0f}°",
        }[blur.kind]

    def _jpeg(self) -> str:
        jpeg = self.jpeg
        file = f"the file's quality is {jpeg.file_quality}" if jpeg.file_quality is not None else ""
        if jpeg.quality is None:
            return f"{file}, but the values show no trace" if file else "no trace"
        words = f"quality {jpeg.quality} by its values"
        if jpeg.offset is not None and jpeg.offset != (0, 0):
            words += f", cropped since: blocks begin at row {jpeg.offset[0]}, column {jpeg.offset[1]}"
        if jpeg.first_quality is not None:
            words += f"; before that, quality {jpeg.first_quality}"
        return f"{words}; {file}" if file and jpeg.file_quality != jpeg.quality else words

    def _resolution(self) -> str:
        if self.enlarged is None:
            return "no trace of an enlargement"
        width, height = (round(side / self.enlarged) for side in (self.width, self.height))
        return f"enlarged about {self.enlarged:g} times: it holds no more than a picture of {width}×{height}"

    def _light(self) -> str:
        light = self.light
        judged = "dark, " if light.brightness < DARK else "bright, " if light.brightness > BRIGHT else ""
        words = f"{judged}mean brightness {light.brightness:.2f}, contrast {light.contrast:.2f}"
        parts = (("black", light.black), ("white", light.white))
        clipped = [f"{part:.1%} at {name}" for name, part in parts if part >= CLIPPED]
        return f"{words}; clipped: {', '.join(clipped)}" if clipped else words
