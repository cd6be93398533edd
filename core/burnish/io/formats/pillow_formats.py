"""JPEG and BMP: headers and metadata through Pillow, a JPEG's pixels by libjpeg-turbo, its warnings as errors.

The pixels are exactly those of Pillow, which does not report warnings. Its classes are opened directly, so that
burnish's limit of pixels applies, and no global setting of Pillow.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import IO

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import BmpImagePlugin, Image, ImageFile, JpegImagePlugin

from burnish.errors import ImagingError
from burnish.io.formats.damage import MEND, check_room, tolerate
from burnish.io.formats.exif import orientation_of, with_orientation
from burnish.io.formats.jpeg_stream import JpegStream, walk_jpeg
from burnish.io.limits import check_size
from burnish.io.picture import Metadata, Picture, join_alpha, split_alpha
from burnish.ops.invalid import Samples

LONGEST_JPEG_SIDE = 65_500
"""libjpeg's own limit in pixels."""
EXIF_MARK = b"Exif\0\0"
COLOURS = "has colour mode {}, which is neither grey nor RGB; convert it to RGB first"
PADDING = 16
"""Number of zero bytes before a JPEG's end marker that do not count as damage."""
BMP_RUNS = (1, 2)
"""Numbers of the run-length compressions."""
BMP_BYTES = {"1": 1 / 8, "P": 1 / 8, "L": 1, "RGB": 2, "RGBA": 4}
"""Mode → fewest bytes of a pixel."""


class Jpeg:
    """The format JPEG."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        """As ``read_jpeg``."""
        return read_jpeg(file, max_pixels, allow_damaged)

    def write(self, picture: Picture, *, quality: int) -> bytes:
        """As ``write_jpeg``."""
        return write_jpeg(picture, quality)


class Bmp:
    """The format BMP."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        """As ``read_bmp``."""
        return read_bmp(file, max_pixels, allow_damaged)

    def write(self, picture: Picture, *, quality: int) -> bytes:
        """As ``write_bmp``."""
        return write_bmp(picture)


def read_jpeg(file: IO[bytes], limit: int, damaged: bool = False) -> Picture:
    """Decode a grey or colour JPEG; of a file with several pictures (MPO) the first, which is the main one."""
    data = file.read()
    stream = walk_jpeg(data, limit)
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    if image.mode not in ("L", "RGB"):
        raise ImagingError(COLOURS.format(image.mode))
    pixels, damage = decode_jpeg(stream, damaged=damaged)
    info = image.info
    exif = info.get("exif")
    exif = exif[len(EXIF_MARK) :] if isinstance(exif, bytes) and exif.startswith(EXIF_MARK) else None
    metadata = Metadata(
        exif=exif or None,
        icc=info.get("icc_profile") or None,
        xmp=info.get("xmp") or None,
        dpi=_jfif_dots(info.get("jfif_unit"), info.get("jfif_density")),
        orientation=orientation_of(exif),
        left_out=_left_out(info),
    )
    return Picture(pixels=pixels, metadata=metadata, damage=damage)


def decode_jpeg(stream: JpegStream, *, damaged: bool) -> tuple[NDArray[np.uint8], str]:
    """The samples H,W,1 or H,W,3, and the fault; empty if there is none.

    Raises:
        DamagedError: Something is, and ``damaged`` does not allow it.
        ImagingError: It cannot be decoded at all.
    """
    colours = "GRAY" if stream.components == 1 else "RGB"
    damage = tolerate("JPEG", stream.fault, allowed=damaged)
    try:
        return simplejpeg.decode_jpeg(stream.data, colours, strict=True), damage
    except ValueError as error:
        warning = " ".join(str(error).split())
    if not _harmless(warning, stream.data):
        damage = damage or tolerate("JPEG", warning.removeprefix("Corrupt JPEG data: "), allowed=damaged)
    try:
        return simplejpeg.decode_jpeg(stream.data, colours, strict=False), damage
    except ValueError as error:
        raise ImagingError(f"is a damaged JPEG: {' '.join(str(error).split())}; {MEND}") from error


def _harmless(warning: str, data: bytes) -> bool:
    """Whether the only warning is about a few zeros before the end marker, which some cameras write."""
    found = re.fullmatch(r"Corrupt JPEG data: (\d+) extraneous bytes before marker 0xd9", warning)
    extra = int(found[1]) if found else PADDING + 1
    return extra <= PADDING and not any(data[-2 - extra : -2])


def write_jpeg(picture: Picture, quality: int) -> bytes:
    """Encode as baseline JPEG without colour subsampling (4:4:4)."""
    if max(picture.height, picture.width) > LONGEST_JPEG_SIDE:
        raise ImagingError(f"JPEG holds up to {LONGEST_JPEG_SIDE} pixels a side; write .png or .tif")
    metadata = picture.metadata
    exif = with_orientation(metadata.exif, metadata.orientation)
    options: dict[str, object] = {"quality": quality, "subsampling": 0}
    options |= {"exif": EXIF_MARK + exif} if exif else {}
    options |= {"icc_profile": metadata.icc} if metadata.icc else {}
    options |= {"xmp": metadata.xmp} if metadata.xmp else {}
    if metadata.dpi is not None:
        options["dpi"] = tuple(min(max(round(dots), 1), 65535) for dots in metadata.dpi)
    target = io.BytesIO()
    try:
        Image.fromarray(join_alpha(picture)).save(target, "JPEG", **options)
    except ValueError as error:
        raise ImagingError(
            f"exceeds the limits of JPEG ({error}); write .png or .tif, or strip EXIF and XMP"
        ) from error
    return target.getvalue()


def read_bmp(file: IO[bytes], limit: int, damaged: bool = False) -> Picture:
    """Decode a BMP: 1 bit and grey stay grey, palettes become RGB."""
    data = file.read()
    image = BmpImagePlugin.BmpImageFile(io.BytesIO(data))
    check_size(*image.size, limit)
    if image.info.get("compression") in BMP_RUNS:
        least = image.height / 64  # two bytes end a row, four skip 255 rows
    else:
        least = image.width * image.height * BMP_BYTES.get(image.mode, 1)
    damage = check_room("BMP", image.size, least, len(data), allowed=damaged)
    try:
        samples = _decoded(image)
    except (OSError, ValueError):
        damage = tolerate("BMP", "it is cut short", allowed=damaged)
        image = BmpImagePlugin.BmpImageFile(io.BytesIO(data + bytes(4 * image.width * image.height)))
        samples = _decoded(image)
    pixels, alpha = split_alpha(samples)
    dpi = image.info.get("dpi")
    known = isinstance(dpi, tuple) and min(dpi) > 0
    return Picture(pixels=pixels, alpha=alpha, metadata=Metadata(dpi=dpi if known else None), damage=damage)


def write_bmp(picture: Picture) -> bytes:
    """Encode as BMP, which holds only 8-bit grey or RGB and a resolution."""
    metadata = picture.metadata
    if metadata.exif or metadata.icc or metadata.xmp or metadata.orientation != 1:
        raise ImagingError("BMP holds neither EXIF, ICC nor XMP; write .png or .tif")
    target = io.BytesIO()
    options = {} if metadata.dpi is None else {"dpi": metadata.dpi}
    Image.fromarray(join_alpha(picture)).save(target, "BMP", **options)
    return target.getvalue()


def _decoded(image: ImageFile.ImageFile) -> Samples:
    """The samples of an opened BMP as H,W or H,W,S uint8."""
    if image.mode not in ("1", "L", "P", "RGB", "RGBA"):
        raise ImagingError(COLOURS.format(image.mode))
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise ImagingError(
            "cannot be read safely: PIL.ImageFile.LOAD_TRUNCATED_IMAGES passes damaged files; set it to False"
        )
    image.load()
    plain = {"1": "L", "P": "RGB"}.get(image.mode)
    return np.array(image.convert(plain) if plain else image)


def _left_out(info: Mapping[str | tuple[int, int], object]) -> tuple[str, ...]:
    """The contents of a JPEG that are not kept."""
    found = {"the comment": info.get("comment"), "IPTC and Photoshop's resources": info.get("photoshop")}
    found["further pictures (MPO)"] = info.get("mp")
    return tuple(words for words, value in found.items() if value)


def _jfif_dots(unit: object, density: object) -> tuple[float, float] | None:
    scale = {1: 1.0, 2: 2.54}.get(unit) if isinstance(unit, int) else None
    if scale is None or not isinstance(density, tuple) or min(density) < 1:
        return None
    return density[0] * scale, density[1] * scale
