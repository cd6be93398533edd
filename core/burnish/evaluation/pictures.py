"""The pictures that an evaluation writes: degraded, estimate, target and interval of each image as PNG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from burnish.io import Picture, write_picture
from burnish.io.depth import Depth

ROLES = ("degraded", "estimate", "target", "interval")
"""Without clean pictures there is no target; ``interval``, its width, is of restorers with calibrated intervals."""


def benchmark_folder(benchmark: str) -> str:
    """The name of the folder of one benchmark's pictures."""
    return benchmark.strip("/").replace("/", "-")


class PictureFolder:
    """A folder with one folder for each of ``ROLES``; an image has the same name in all of them.

    Where the clean pictures' files hold more than 8 bit (``depth``), those written hold 16.
    """

    def __init__(self, folder: Path, names: Iterable[str], depth: Depth = "uint8") -> None:
        self.folder = folder
        self._deep = depth != "uint8"
        self._files = _files(names)

    def path(self, role: str, name: str) -> Path:
        """Where the picture of that role of the image of that name is."""
        return self.folder / role / self._files[name]

    def add(self, name: str, **pictures: Tensor) -> None:
        """Write pictures by role: 1,C,H,W in [0, 1], clipped and rounded half up to 8 or 16 bit."""
        for role, picture in pictures.items():
            path = self.path(role, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_picture(path, Picture(pixels=_pixels(picture, deep=self._deep)))


def _pixels(picture: Tensor, *, deep: bool) -> NDArray[np.uint8 | np.uint16]:
    values = picture[0].detach().cpu().float().clamp(0, 1).mul(65535 if deep else 255).add(0.5).floor()
    return np.ascontiguousarray(values.permute(1, 2, 0).numpy().astype(np.uint16 if deep else np.uint8))


def _files(names: Iterable[str]) -> dict[str, str]:
    """``a/b.png`` for ``a/b.jpg``; the suffix stays where two would have one file."""
    files = {name: f"{PurePosixPath(name).with_suffix('')}.png" for name in names}
    while crowded := [file for file, count in Counter(files.values()).items() if count > 1]:
        files = {name: f"{name}.png" if file in crowded else file for name, file in files.items()}
    return files
