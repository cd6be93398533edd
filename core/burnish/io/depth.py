"""The bit depth of a picture's file, read from its header alone."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Literal, cast

import tifffile

from burnish.io.files import read_picture
from burnish.io.formats.lookup import HEAD, of_head
from burnish.plugins.declarations import DEPTHS

Depth = Literal["uint8", "uint16", "float32"]
"""The type of a file's samples when read."""

PALETTE = 3


def stored_depth(path: Path | str) -> Depth:
    """The pixel type that ``read_picture`` gives for this file; decodes only if the header does not say.

    Raises:
        ImagingError: It cannot be read.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(max(HEAD, 33))
            kind = of_head(head[:HEAD], path.name)
            if kind is not None and len(kind.spec.depths) == 1:
                return cast(Depth, kind.spec.depths[0])
            called = kind.called if kind else ""
            if called == "PNG":
                return "uint16" if struct.unpack(">B", head[24:25])[0] == 16 else "uint8"
            if called == "TIFF" and (told := _told_by_tiff(file)) is not None:
                return told
    except Exception:  # reading the file reports what is wrong with it, in one line
        pass
    depth: Depth = read_picture(path).pixels.dtype.name  # type: ignore[assignment]
    return depth


def deepest(paths: Iterable[Path]) -> Depth:
    """The depth that holds all of these files without loss; ``uint8`` for no files."""
    return max((stored_depth(path) for path in paths), key=DEPTHS.index, default="uint8")


def _told_by_tiff(file: IO[bytes]) -> Depth | None:
    file.seek(0)
    with tifffile.TiffFile(file, name="picture.tif") as tiff:
        page = tiff.pages[0]
        if int(page.photometric) == PALETTE:
            return None
        if page.sampleformat == 3:
            return "float32"
        return "uint16" if page.bitspersample == 16 else "uint8"
