"""Reading and writing picture files: the only entry and exit, with one clear line for every error."""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from burnish.errors import BurnishError, ImagingError, UsageError
from burnish.io.atomic import write_whole
from burnish.io.formats.damage import damage_allowed
from burnish.io.formats.pillow_formats import read_bmp, read_jpeg, write_bmp, write_jpeg
from burnish.io.formats.png import read_png, write_png
from burnish.io.formats.tiff_reading import read_tiff
from burnish.io.formats.tiff_writing import write_tiff
from burnish.io.formats.webp import read_webp, write_webp
from burnish.io.limits import pixel_limit
from burnish.io.picture import Picture

_log = logging.getLogger("burnish.io")

FORMATS = {
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WebP",
    ".bmp": "BMP",
}
MARKS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"BM": "BMP"} | dict.fromkeys(
    (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), "TIFF"
)
"""First bytes of a file → format; WebP's contain a length."""

SUFFIXES = tuple(FORMATS)
"""The suffixes of the files that are read and written, in lower case; files may have them in any case."""

HEAD = 16
"""Number of bytes at the beginning of a file that identify its format."""

Decoder = Callable[[IO[bytes], int, bool], Picture]
"""Takes the file, the limit of pixels, and whether the readable part of a damaged file is wanted."""
DECODERS: dict[str, Decoder] = {
    "PNG": read_png,
    "TIFF": read_tiff,
    "JPEG": read_jpeg,
    "WebP": read_webp,
    "BMP": read_bmp,
}


def read_picture(path: Path | str, *, max_pixels: int | None = None, allow_damaged: bool | None = None) -> Picture:
    """Read one picture as it is stored: depth, layout, alpha and metadata untouched.

    The format is recognised by the content, not by the suffix. ``max_pixels`` (default: the environment variable
    ``BURNISH_MAX_PIXELS``, else 500 million) is checked against the header before anything is decoded. A damaged file
    is refused unless ``allow_damaged`` (default: the environment variable ``BURNISH_ALLOW_DAMAGED``, else no): then
    what is left of it is read where the format allows, the fault is logged and stands in the picture's ``damage``.

    Raises:
        ImagingError: It is missing, no picture, damaged, cut short, too large, or of an unsupported kind.
        UsageError: The limit is not a positive integer.
    """
    path = Path(path)
    with open_picture(path) as file:
        picture = _decode(file, pixel_limit(max_pixels), damage_allowed(allow_damaged), FORMATS[path.suffix.lower()])
    log_damage(path, picture)
    return picture


def decode_picture(file: IO[bytes], *, max_pixels: int | None = None, allow_damaged: bool | None = None) -> Picture:
    """As ``read_picture``, for an open file; its errors name no path.

    Raises:
        ImagingError, UsageError: As ``read_picture``.
    """
    with _told():
        return _decode(file, pixel_limit(max_pixels), damage_allowed(allow_damaged), "PNG, JPEG, TIFF, WebP, BMP")


@contextmanager
def open_picture(path: Path) -> Iterator[IO[bytes]]:
    """Yield the opened file; every error in the block becomes one line that begins with the path.

    Raises:
        ImagingError: It cannot be opened, or something failed inside.
    """
    _known_suffix(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # opening a pipe would block
            raise ImagingError("is not a regular file; give the path of a picture")
        with path.open("rb") as file, _told():
            yield file
    except ImagingError as error:
        raise type(error)(f"{path}: {error}") from error.__cause__
    except FileNotFoundError as error:
        raise ImagingError(f"{path}: is missing; give the path of a picture") from error
    except IsADirectoryError as error:
        raise ImagingError(f"{path}: is a folder; give the path of a picture") from error
    except PermissionError as error:
        raise ImagingError(f"{path}: may not be read; change its permissions, or give another path") from error
    except OSError as error:
        raise ImagingError(f"{path}: cannot be read ({_one_line(error)}); give another path") from error


def log_damage(path: Path, picture: Picture) -> None:
    """Warn that a picture is the readable part of a damaged file."""
    if picture.damage:
        _log.warning("%s: is damaged (%s); the readable part is used", path, picture.damage)


@contextmanager
def _told() -> Iterator[None]:
    """Turn exceptions of decoders into errors of one line."""
    try:
        yield
    except BurnishError:
        raise
    except MemoryError as error:
        raise ImagingError("does not fit into memory; lower max_pixels or free memory") from error
    except Exception as error:  # third-party decoders raise anything on damaged files
        raise ImagingError(f"is damaged or cut short ({_one_line(error)}); get a complete copy of the file") from error


def _decode(file: IO[bytes], limit: int, damaged: bool, expected: str) -> Picture:
    head = file.read(HEAD)
    if not head:
        raise ImagingError("is empty; get a complete copy of the file")
    kind = format_of(head)
    if kind is None:
        raise ImagingError(f"is neither {expected} nor another supported picture format; check the file")
    file.seek(0)
    picture = DECODERS[kind](file, limit, damaged)
    return replace(picture, metadata=replace(picture.metadata, format=kind))


def format_of(head: bytes) -> str | None:
    """The format (a value of ``FORMATS``) recognised from a file's first ``HEAD`` bytes; None if unsupported."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return next((kind for mark, kind in MARKS.items() if head.startswith(mark)), None)


def write_picture(path: Path | str, picture: Picture, *, quality: int = 95) -> None:
    """Write a picture whole or not at all, in the format of the path's suffix, never with fewer bits than it has.

    PNG, TIFF, WebP and BMP are lossless; ``quality`` (1..100) is JPEG's, which is written without colour subsampling.
    What the format cannot hold (16 bits, float32, alpha) is an error. Grey becomes RGB in WebP, which has no grey.
    Colours stored multiplied by alpha (TIFF) are divided by it for the other formats.

    Raises:
        ImagingError: The format cannot hold the picture, or the file cannot be written; the message names the fix.
        UsageError: The quality is outside its range.
    """
    path = Path(path)
    if not 1 <= quality <= 100:
        raise UsageError(f"quality is {quality}; give a whole number from 1 to 100")
    kind = _known_suffix(path)
    try:
        write_whole(path, _encoded(picture, kind, quality))
    except ImagingError as error:
        raise ImagingError(f"{path}: {error}") from error
    except FileNotFoundError as error:
        raise ImagingError(f"{path}: its folder is missing; create it first") from error
    except IsADirectoryError as error:
        raise ImagingError(f"{path}: is a folder; give the path of a file") from error
    except OSError as error:
        raise ImagingError(
            f"{path}: cannot be written ({error.strerror or _one_line(error)}); nothing was changed"
        ) from error


def encode_picture(picture: Picture, suffix: str, *, quality: int = 95) -> bytes:
    """The bytes that ``write_picture`` writes into a file with that suffix (``.png``).

    Raises:
        ImagingError: The format cannot hold the picture.
    """
    return _encoded(picture, FORMATS[suffix], quality)


def _encoded(picture: Picture, kind: str, quality: int) -> bytes:
    picture = picture if kind == "TIFF" else _straight(picture)
    if kind == "JPEG":
        return write_jpeg(picture, quality)
    encoders = {"PNG": write_png, "TIFF": write_tiff, "WebP": write_webp, "BMP": write_bmp}
    return encoders[kind](picture)


def _known_suffix(path: Path) -> str:
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        if path.is_dir():
            raise ImagingError(f"{path}: is a folder; give the path of a picture")
        fact = f"has the suffix {path.suffix!r}" if path.suffix else "has no suffix"
        raise ImagingError(f"{path}: {fact}, which is not a supported picture format; use one of {' '.join(SUFFIXES)}")
    return kind


def _straight(picture: Picture) -> Picture:
    """The picture with straight alpha: colours stored multiplied by alpha are divided by it, rounded half up."""
    if picture.alpha is None or picture.metadata.alpha_kind != "premultiplied":
        return picture
    alpha = picture.alpha[:, :, None].astype(np.float64)
    colours = np.divide(picture.pixels * picture.peak, alpha, out=np.zeros(picture.pixels.shape), where=alpha > 0)
    pixels = np.minimum(np.floor(colours + 0.5) if picture.peak > 1 else colours, picture.peak)
    metadata = replace(picture.metadata, alpha_kind="straight")
    return replace(picture, pixels=pixels.astype(picture.pixels.dtype), metadata=metadata)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
