"""TIFF: reading and writing as one format."""

from __future__ import annotations

from typing import IO

from burnish.io.formats.tiff_reading import read_tiff
from burnish.io.formats.tiff_writing import write_tiff
from burnish.io.picture import Picture


class Tiff:
    """The format TIFF."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        """As ``read_tiff``."""
        return read_tiff(file, max_pixels, allow_damaged)

    def write(self, picture: Picture, *, quality: int) -> bytes:
        """As ``write_tiff``."""
        return write_tiff(picture)
