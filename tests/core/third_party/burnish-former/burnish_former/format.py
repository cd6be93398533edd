"""The format former-format: portable float maps (PFM) as a starting point."""

from typing import IO

import numpy as np
from burnish.errors import ImagingError
from burnish.io import Picture, check_size

LONGEST = 80
"""Bytes of a line of the header."""


class Former:
    """Three lines (``PF`` or ``Pf``; width and height; a scale), then float32 samples, the lowest row first."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        """The picture in an open file; a file that is cut short is refused."""
        mark, size, scale = (file.readline(LONGEST).decode("ascii").split() for _ in range(3))
        width, height = (int(side) for side in size)
        check_size(width, height, max_pixels)
        channels = 3 if mark == ["PF"] else 1
        content = file.read(width * height * channels * 4)
        if len(content) < width * height * channels * 4:
            raise ImagingError("is a PFM cut short; get a complete copy of the file")
        order = "<f4" if float(scale[0]) < 0 else ">f4"
        rows = np.frombuffer(content, order).reshape(height, width, channels)
        return Picture(pixels=np.ascontiguousarray(rows[::-1], np.float32))

    def write(self, picture: Picture, *, quality: int) -> bytes:
        """The bytes of a file. The host makes sure that the picture is float32 and has no alpha."""
        mark = "PF" if picture.channels == 3 else "Pf"
        head = f"{mark}\n{picture.width} {picture.height}\n-1.0\n"
        return head.encode("ascii") + picture.pixels[::-1].astype("<f4").tobytes()
