"""The picture as stored in a file: pixels, alpha and metadata, without conversion."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from burnish.errors import ImagingError
from burnish.ops.invalid import Samples, invalid_pixels

AlphaKind = Literal["straight", "premultiplied", "unspecified"]
"""Meaning of a further channel: colours are stored straight, multiplied by it, or it is unspecified (TIFF only)."""

PEAKS = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}
"""Pixel type → the value that stands for 1.0."""

NODATA = 42113
"""GDAL's TIFF tag: the no-data value, as text."""


_UPRIGHT = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270",
            7: "TRANSVERSE", 8: "ROTATE_90"}  # fmt: skip
"""EXIF orientation → Pillow's name of the operation that makes it upright."""


@dataclass(frozen=True, kw_only=True)
class IfdEntry:
    """One entry of a TIFF or EXIF directory, its value as raw bytes."""

    tag: int
    type: int
    """TIFF's number of the type (1 byte, 2 ASCII, 3 short, 4 long, 5 rational, …)."""
    count: int
    """Number of values of that type."""
    raw: bytes
    """The values in the byte order ``order``."""
    order: Literal["<", ">"]
    """Byte order: little or big endian."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The contents of a picture file besides its pixels. Each value is the file's own bytes if the format allows."""

    exif: bytes | None = None
    """An EXIF block, from its TIFF header (``II*`` or ``MM``) on; kept as it is."""
    icc: bytes | None = None
    """The ICC profile."""
    xmp: bytes | None = None
    """The XMP packet."""
    dpi: tuple[float, float] | None = None
    """Pixels per inch, horizontal and vertical, of the stored layout; None where the file does not say."""
    orientation: int = 1
    """EXIF orientation 1..8 of the stored layout; 1: upright. Wins over the tag inside ``exif`` when written."""
    alpha_kind: AlphaKind = "straight"
    """Meaning of the picture's alpha."""
    png_chunks: tuple[tuple[bytes, bytes], ...] = ()
    """Colour and text chunks (name, data), kept from PNG to PNG."""
    tiff_tags: tuple[IfdEntry, ...] = ()
    """Private tags (georeference, IPTC), kept from TIFF to TIFF."""
    left_out: tuple[str, ...] = ()
    """Other contents of the file that are not kept, in words."""
    format: str = field(default="", compare=False)
    """The format of the source file (``PNG``, ``TIFF``, …); empty without a file."""

    def __post_init__(self) -> None:
        if self.orientation not in range(1, 9):
            raise ImagingError(f"orientation {self.orientation} is not one of EXIF's 1..8; use 1 for upright")

    @property
    def nodata(self) -> float | None:
        """The sample value for no data from the file (GDAL's tag); None without the tag."""
        for entry in self.tiff_tags:
            if entry.tag == NODATA:
                try:
                    return float(entry.raw.split(b"\0")[0])
                except ValueError:
                    return None
        return None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Picture:
    """One picture in its stored layout and depth."""

    pixels: Samples
    """H,W,C with C = 1 (grey) or 3 (RGB); uint8, uint16, or float32 white at 1, no limits, NaN where invalid."""
    alpha: Samples | None = None
    """H,W of the pixels' type; 0 is transparent."""
    metadata: Metadata = field(default_factory=Metadata)
    damage: str = ""
    """The fault of the source file, if damage was allowed; empty if none was found."""

    def __post_init__(self) -> None:
        shape, kind = self.pixels.shape, self.pixels.dtype.name
        if len(shape) != 3 or shape[2] not in (1, 3) or 0 in shape:
            raise ImagingError(f"pixels shaped {shape} are not a picture; give H,W,1 (grey) or H,W,3 (RGB), not empty")
        if kind not in PEAKS:
            raise ImagingError(f"pixels of type {kind} are not supported; give uint8, uint16 or float32 in [0, 1]")
        if self.alpha is not None and (self.alpha.shape != shape[:2] or self.alpha.dtype != self.pixels.dtype):
            fact = f"{self.alpha.shape} {self.alpha.dtype.name}"
            raise ImagingError(f"alpha is {fact}; give it the pixels' height, width and type {shape[:2]} {kind}")

    @property
    def height(self) -> int:
        """Rows of the stored layout."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of the stored layout."""
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB), alpha not counted."""
        return int(self.pixels.shape[2])

    @cached_property
    def invalid(self) -> NDArray[np.bool_]:
        """H,W: True for invalid pixels: NaN or infinite, or the file's no-data value in all channels.

        ``to_tensor`` fills such pixels, ``from_tensor`` puts them back as they were.
        """
        return invalid_pixels(self.pixels, self.metadata.nodata)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Samples:
        """The pixels H,W,C, without alpha, for NumPy and programs that draw arrays."""
        return np.array(self.pixels, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        facts = [f"{self.width}×{self.height} {'grey' if self.channels == 1 else 'RGB'} {self.pixels.dtype}"]
        facts += ["alpha"] if self.alpha is not None else []
        facts += [name for name in ("exif", "icc", "xmp") if getattr(self.metadata, name) is not None]
        return f"<Picture {', '.join(facts)}>"

    def _repr_png_(self) -> bytes:
        """The picture in notebooks: upright, in 8 bits, at most about a thousand pixels wide and high."""
        from PIL import Image

        levels = join_alpha(self).astype(np.float32) * np.float32(255 / self.peak)
        image = Image.fromarray(np.nan_to_num(levels).clip(0, 255).round().astype(np.uint8))
        image = image.reduce(-(-max(image.size) // 1024))
        turn = _UPRIGHT.get(self.metadata.orientation)
        image = image if turn is None else image.transpose(Image.Transpose[turn])
        file = io.BytesIO()
        image.save(file, "PNG", icc_profile=self.metadata.icc)
        return file.getvalue()

    @property
    def peak(self) -> float:
        """The pixel value that represents 1.0: 255, 65535 or 1."""
        return PEAKS[self.pixels.dtype.name]


def split_alpha(samples: Samples) -> tuple[Samples, Samples | None]:
    """Split decoded H,W or H,W,S (S = 1..4; an even S has alpha last) into contiguous pixels H,W,C and alpha H,W."""
    if samples.ndim == 2:
        samples = samples[:, :, None]
    if samples.shape[2] % 2:
        return np.ascontiguousarray(samples), None
    return np.ascontiguousarray(samples[:, :, :-1]), np.ascontiguousarray(samples[:, :, -1])


def join_alpha(picture: Picture) -> Samples:
    """Pixels and alpha as an encoder takes them: H,W for grey alone, else H,W,S with alpha last."""
    if picture.alpha is not None:
        return np.concatenate([picture.pixels, picture.alpha[:, :, None]], axis=2)
    samples = picture.pixels[:, :, 0] if picture.channels == 1 else picture.pixels
    # A view of one row or column counts as contiguous with any stride along it, which encoders refuse.
    return np.ascontiguousarray(samples if min(samples.shape) > 1 else samples.copy())


def check_range(samples: Samples) -> None:
    """Refuse floats whose white cannot be 1: a few values beyond 0..1 are normal (stars, noise), most are not."""
    if samples.dtype.kind != "f" or not samples.size or np.mean(np.abs(samples) <= 1.0) >= 0.5:
        return
    low, high = float(samples.min()), float(samples.max())
    raise ImagingError(
        f"contains float samples from {low:g} to {high:g}, most beyond 0..1; divide them by their white first"
    )
