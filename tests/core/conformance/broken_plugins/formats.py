"""Broken formats."""

from __future__ import annotations

import json
import struct
import time
from dataclasses import replace
from typing import IO, Any

import numpy as np
from burnish.errors import ImagingError
from burnish.io import Metadata, Picture, check_size
from burnish.plugins.declarations import FormatSpec

from broken_plugins import broken

HEAD = struct.Struct("<8sHHBBBH")
"""Mark, height, width, channels, whether with alpha, place of the depth, and bytes of the texts."""
DEPTHS = ("uint8", "uint16", "float32")
SOUND: dict[str, Any] = {
    "suffixes": (".raw",),
    "marks": ("4255524e49534821",),
    "depths": DEPTHS,
    "alpha": True,
    "keeps": frozenset({"exif", "icc"}),
}


class Raw:
    """A sound one: a head, the texts, the samples."""

    mark = b"BURNISH!"

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        _, height, width, channels, alpha, depth, size = HEAD.unpack(file.read(HEAD.size))
        check_size(width, height, max_pixels)
        layers, kind = channels + alpha, np.dtype(DEPTHS[depth])
        texts = json.loads(file.read(size))
        rest = file.read()
        if len(rest) != height * width * layers * kind.itemsize:
            raise ImagingError("is cut short; get a complete copy of the file")
        samples = np.frombuffer(rest, kind).reshape(height, width, layers)
        metadata = Metadata(**{name: bytes.fromhex(text) for name, text in texts.items()})
        return Picture(
            pixels=samples[:, :, :channels].copy(),
            alpha=samples[:, :, channels].copy() if alpha else None,
            metadata=metadata,
        )

    def write(self, picture: Picture, *, quality: int) -> bytes:
        layers = [picture.pixels] if picture.alpha is None else [picture.pixels, picture.alpha[:, :, None]]
        told = {name: getattr(picture.metadata, name) for name in ("exif", "icc")}
        texts = json.dumps({name: value.hex() for name, value in told.items() if value}).encode()
        depth = DEPTHS.index(picture.pixels.dtype.name)
        alpha = picture.alpha is not None
        head = HEAD.pack(self.mark, picture.height, picture.width, picture.channels, alpha, depth, len(texts))
        return head + texts + np.concatenate(layers, axis=2).tobytes()


@broken(FormatSpec, "has a reader and a writer", **SOUND)
class OnlyReads:
    """It has no writer, and does not say so."""

    read = Raw.read


@broken(FormatSpec, "writes bytes and reads a picture", **SOUND)
class GivesAnArray(Raw):
    """It reads an array instead of a picture."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Any:
        return super().read(file, max_pixels=max_pixels, allow_damaged=allow_damaged).pixels


@broken(FormatSpec, "writes bytes and reads a picture", **SOUND)
class WritesAList(Raw):
    """It writes a list of numbers."""

    def write(self, picture: Picture, *, quality: int) -> Any:
        return list(super().write(picture, quality=quality))


@broken(FormatSpec, "claims suffixes of its own", **{**SOUND, "suffixes": (".raw", ".png")})
class TakesPng(Raw):
    """It claims the suffix of PNG."""


@broken(FormatSpec, "reads what it writes", **SOUND)
class SwapsColours(Raw):
    """It reads BGR as RGB."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        found = super().read(file, max_pixels=max_pixels, allow_damaged=allow_damaged)
        return replace(found, pixels=found.pixels[:, :, ::-1].copy())


@broken(FormatSpec, "reads what it writes", **SOUND)
class CutsDepth(Raw):
    """It keeps 8 of 16 bits."""

    def write(self, picture: Picture, *, quality: int) -> bytes:
        if picture.pixels.dtype == np.uint16:
            picture = replace(picture, pixels=picture.pixels // 256 * 256)
        return super().write(picture, quality=quality)


@broken(FormatSpec, "reads what it writes", **SOUND)
class ClipsStars(Raw):
    """It clips float32 at white."""

    def write(self, picture: Picture, *, quality: int) -> bytes:
        if picture.pixels.dtype == np.float32:
            picture = replace(picture, pixels=picture.pixels.clip(0, 1))
        return super().write(picture, quality=quality)


@broken(FormatSpec, "reads what it writes", **SOUND)
class DropsAlpha(Raw):
    """It drops the alpha that it says it can hold."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        found = super().read(file, max_pixels=max_pixels, allow_damaged=allow_damaged)
        return replace(found, alpha=None)


@broken(FormatSpec, "reads what it writes", **SOUND)
class EvenSidesOnly(Raw):
    """It cannot hold pictures with an odd side."""

    def write(self, picture: Picture, *, quality: int) -> bytes:
        if picture.width % 2 and picture.width < 17:
            raise ValueError("odd")
        return super().write(picture, quality=quality)


@broken(FormatSpec, "reads what it writes", **{**SOUND, "lossless": False})
class LosesMuch(Raw):
    """It is lossy beyond measure."""

    def write(self, picture: Picture, *, quality: int) -> bytes:
        peak = picture.pixels.dtype.type(picture.peak)
        return super().write(replace(picture, pixels=peak - picture.pixels), quality=quality)


@broken(FormatSpec, "writes files that begin as declared", **SOUND)
class BeginsOtherwise(Raw):
    """Its files begin with another mark than the declared one."""

    mark = b"BURNISHX"


@broken(FormatSpec, "writes the same bytes twice", **SOUND)
class WritesTheTime(Raw):
    """It writes when it was written."""

    def write(self, picture: Picture, *, quality: int) -> bytes:
        stamp = struct.pack("<d", time.perf_counter()) + b"II*\0"
        exif = picture.metadata.exif or stamp
        return super().write(replace(picture, metadata=replace(picture.metadata, exif=exif)), quality=quality)


@broken(FormatSpec, "leaves pictures as they are", **SOUND)
class WritesIntoThePicture(Raw):
    """It makes the first sample of the given picture black."""

    def write(self, picture: Picture, *, quality: int) -> bytes:
        picture.pixels[0, 0] = 0
        return super().write(picture, quality=quality)


@broken(FormatSpec, "refuses too many pixels", **SOUND)
class ReadsAnySize(Raw):
    """It does not look at the limit."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        return super().read(file, max_pixels=10**9, allow_damaged=allow_damaged)


@broken(FormatSpec, "refuses files that are cut short", **SOUND)
class FillsUp(Raw):
    """It fills what is missing with black."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        import io

        return super().read(io.BytesIO(_filled(file.read())), max_pixels=max_pixels, allow_damaged=allow_damaged)


@broken(FormatSpec, "refuses files that are cut short", **SOUND)
class FillsUpInSilence(Raw):
    """It fills what is missing with black where that is allowed, and does not say so."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        import io

        content = file.read()
        whole = _filled(content) if allow_damaged else content
        return super().read(io.BytesIO(whole), max_pixels=max_pixels, allow_damaged=allow_damaged)


@broken(FormatSpec, "survives damaged files", **SOUND)
class EndsTheProcess(Raw):
    """It ends the process where the samples are not what the head says."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        try:
            return super().read(file, max_pixels=max_pixels, allow_damaged=allow_damaged)
        except ValueError:
            raise SystemExit("damaged") from None


@broken(FormatSpec, "keeps what it declares", **SOUND)
class DropsTheProfile(Raw):
    """It says that it keeps ICC profiles, and drops them."""

    def write(self, picture: Picture, *, quality: int) -> bytes:
        return super().write(replace(picture, metadata=replace(picture.metadata, icc=None)), quality=quality)


def _filled(content: bytes) -> bytes:
    _, height, width, channels, alpha, depth, size = HEAD.unpack(content[: HEAD.size])
    samples = height * width * (channels + alpha) * np.dtype(DEPTHS[depth]).itemsize
    return content.ljust(HEAD.size + size + samples, b"\0")
