"""Reading and writing picture files: the only entry and exit, with one clear line for every error."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from burnish.errors import BurnishError, ImagingError, UsageError
from burnish.io.atomic import write_whole
from burnish.io.formats import lookup
from burnish.io.formats.damage import damage_allowed
from burnish.io.formats.lookup import Format
from burnish.io.formats.own import OWN
from burnish.io.limits import pixel_limit
from burnish.io.picture import Picture
from burnish.ops.invalid import Samples
from burnish.plugins.declarations import DEPTHS, FormatSpec

_log = logging.getLogger("burnish.io")


def read_picture(path: Path | str, *, max_pixels: int | None = None, allow_damaged: bool | None = None) -> Picture:
    """Read one picture as it is stored: depth, layout, alpha and metadata untouched.

    The format is recognised by the content; the suffix decides where formats begin alike. ``max_pixels`` (default: the
    environment variable ``BURNISH_MAX_PIXELS``, else 500 million) is checked against the header before anything is
    decoded. A damaged file is refused unless ``allow_damaged`` (default: the environment variable
    ``BURNISH_ALLOW_DAMAGED``, else no): then what is left of it is read where the format allows, the fault is logged
    and stands in the picture's ``damage``.

    Raises:
        ImagingError: It is missing, no picture, damaged, cut short, too large, or of an unsupported kind.
        UsageError: The limit is not a positive integer.
    """
    path = Path(path)
    with open_picture(path) as file:
        picture = decode_picture(file, path.name, max_pixels=max_pixels, allow_damaged=allow_damaged)
    log_damage(path, picture)
    return picture


def decode_picture(
    file: IO[bytes], name: str = "", *, max_pixels: int | None = None, allow_damaged: bool | None = None
) -> Picture:
    """As ``read_picture``, for an open file at its beginning; its errors name no path.

    ``name`` is that of the file, where it has one: its suffix decides between formats that begin alike.

    Raises:
        ImagingError, UsageError: As ``read_picture``.
    """
    limit, damaged = pixel_limit(max_pixels), damage_allowed(allow_damaged)
    with _told():
        head = file.read(lookup.HEAD)
        if not head:
            raise ImagingError("is empty; get a complete copy of the file")
        found = lookup.of_head(head, name)
        if found is None:
            named = lookup.of_name(name)
            expected = named.called if named else ", ".join(one.called for one in lookup.every())
            raise ImagingError(f"is neither {expected} nor another supported picture format; check the file")
        file.seek(0)
        picture = found.codec.read(file, max_pixels=limit, allow_damaged=damaged)
    return replace(picture, metadata=replace(picture.metadata, format=found.called))


@contextmanager
def open_picture(path: Path) -> Iterator[IO[bytes]]:
    """Yield the opened file; every error in the block becomes one line that begins with the path.

    Raises:
        ImagingError: It cannot be opened, or something failed inside.
    """
    if not lookup.is_picture(path) and not path.is_dir():
        raise ImagingError(f"{path}: {lookup.unknown(path)}")
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


def write_picture(path: Path | str, picture: Picture, *, quality: int = 95) -> None:
    """Write a picture whole or not at all, in the format of the path's suffix, never with fewer bits than it has.

    ``quality`` (1..100) is that of lossy formats; of the host's own only JPEG is, written without colour subsampling.
    A format that lacks the picture's depth receives the next deeper one that it has, without loss. What it cannot hold
    (16 bits, float32, alpha, colours) is an error. Grey becomes RGB in WebP, which has no grey. Colours stored
    multiplied by alpha (TIFF) are divided by it for the other formats.

    Raises:
        ImagingError: The format cannot hold the picture, or the file cannot be written; the message names the fix.
        UsageError: The quality is outside its range.
    """
    path = Path(path)
    if not 1 <= quality <= 100:
        raise UsageError(f"quality is {quality}; give a whole number from 1 to 100")
    to = lookup.writable(path)
    try:
        write_whole(path, _encoded(picture, to, quality))
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
    return _encoded(picture, lookup.writable(f"picture{suffix}"), quality)


def _encoded(picture: Picture, to: Format, quality: int) -> bytes:
    picture = picture if "alpha_kind" in to.spec.keeps else _straight(picture)
    picture = _deeper(picture, to.spec.depths)
    if fact := _too_much(picture, to.spec):
        *others, last = [one.suffixes[0] for one in OWN if not _too_much(picture, one)]
        able = f"{', '.join(others)} or {last}" if others else last
        raise ImagingError(f"{to.called} holds {fact}; write {able}")
    try:
        return to.codec.write(picture, quality=quality)
    except (BurnishError, MemoryError):
        raise
    except Exception as error:
        raise ImagingError(f"{to.id} cannot write it ({type(error).__name__}: {_one_line(error)})") from error


def _too_much(picture: Picture, spec: FormatSpec) -> str:
    """What a format holds instead of what the picture has; empty: it can hold the picture."""
    depth = picture.pixels.dtype.name
    if depth not in spec.depths:
        return f"{' or '.join(_SAID[one] for one in spec.depths)}, the picture is {depth}"
    if picture.alpha is not None and not spec.alpha:
        return "no alpha, which the picture has"
    if picture.channels > 1 and "channel" not in spec.axes:
        return "grey alone, the picture has colours"
    return ""


_SAID = {"uint8": "8 bits", "uint16": "16 bits", "float32": "float32"}


def _deeper(picture: Picture, depths: Sequence[str]) -> Picture:
    """In the next deeper type of the format, without loss, where it lacks the picture's own; else as it is."""
    own = picture.pixels.dtype.name
    deeper = [depth for depth in DEPTHS[DEPTHS.index(own) + 1 :] if depth in depths]
    if own in depths or not deeper:
        return picture

    def turned(samples: Samples) -> Samples:
        if deeper[0] == "uint16":
            return samples.astype(np.uint16) * np.uint16(257)
        return (samples / np.float32(picture.peak)).astype(np.float32)

    alpha = None if picture.alpha is None else turned(picture.alpha)
    return replace(picture, pixels=turned(picture.pixels), alpha=alpha)


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
