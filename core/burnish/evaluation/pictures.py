"""The pictures that an evaluation leaves behind: degraded, estimate and target of each image as 8-bit PNG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np
from torch import Tensor

from burnish.imaging import Picture, write_picture

ROLES = ("degraded", "estimate", "target")


def benchmark_folder(benchmark: str) -> str:
    """The name of the folder of one benchmark's pictures."""
    return benchmark.strip("/").replace("/", "-")


class PictureFolder:
    """A folder with one folder for each of ``ROLES``; an image has the same name in all of them."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        everyone = list(names)
        stems = Counter(str(PurePosixPath(name).with_suffix("")) for name in everyone)
        self._files = {name: _file(name, stems) for name in everyone}

    def path(self, role: str, name: str) -> Path:
        """Where the picture of that role of the image of that name is."""
        return self.folder / role / self._files[name]

    def add(self, name: str, **pictures: Tensor) -> None:
        """Write pictures by role: 1,C,H,W in [0, 1], clipped and rounded half up to 8 bit."""
        for role, picture in pictures.items():
            path = self.path(role, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_picture(path, Picture(pixels=_pixels(picture)))


def _pixels(picture: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    values = picture[0].detach().cpu().float().clamp(0, 1).mul(255).add(0.5).floor()
    return np.ascontiguousarray(values.permute(1, 2, 0).numpy().astype(np.uint8))


def _file(name: str, stems: Counter[str]) -> str:
    """``a/b.png`` for ``a/b.jpg``; the suffix stays where two images differ in nothing else."""
    stem = str(PurePosixPath(name).with_suffix(""))
    return f"{stem if stems[stem] == 1 else name}.png"
