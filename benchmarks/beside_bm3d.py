"""BM3D of ours beside the authors' package ``bm3d``: PSNR of both, and the ratio of their times.

Run: python benchmarks/beside_bm3d.py --data DIR [--package DIR] [--pictures N] [--side N] [--levels N …] [--json]

DIR is a folder of clean pictures. The package is not installed with burnish: it is for non-commercial use alone. Put
it into a folder of its own (``pip install --target FOLDER --no-deps bm3d bm4d``) and name that with ``--package``.
One thread, processor seconds, in turn, the same noise: neither clipped nor rounded. The package computes by its C
library (profile ``np``, its default), ours by torch and OpenCV.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import math
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from burnish.io import list_pictures, read_clean
from burnish.plugins.catalog import installed
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Row:
    """Both on all pictures at one level of noise."""

    colour: str
    """``grey`` or ``rgb``."""
    level: int
    """σ of 255."""
    ours: float
    """Mean PSNR in dB."""
    theirs: float
    """Likewise, of the package."""
    ratio: float
    """Median over the pictures of the package's seconds divided by ours."""
    seconds: float
    """Of ours, median for a megapixel."""


def noisy_of(clean: Tensor, level: int, seed: int) -> Tensor:
    """1,C,H,W with Gaussian noise, drawn as H,W,C by NumPy: that stays the same from version to version."""
    shape = (*clean.shape[2:], clean.shape[1])
    noise = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    return clean + level / 255 * torch.from_numpy(noise).permute(2, 0, 1)


def theirs(package: Any, noisy: Tensor, level: int) -> Tensor:
    """The package on 1,C,H,W, in double precision as it takes it."""
    pixels = noisy[0].permute(1, 2, 0).numpy().astype(np.float64)
    found = package.bm3d_rgb(pixels, level / 255) if pixels.shape[2] == 3 else package.bm3d(pixels[..., 0], level / 255)
    return torch.from_numpy(np.asarray(found).reshape(pixels.shape)).permute(2, 0, 1)[None]


def judged(call: Callable[[], Tensor], clean: Tensor) -> tuple[float, float]:
    """PSNR in dB of the estimate in 8 bit, and processor seconds."""
    start = time.process_time()
    estimate = call()
    seconds = time.process_time() - start
    error = ((estimate.clamp(0, 1) * 255).round() / 255 - clean).double().square().mean()
    return -10 * math.log10(float(error)), seconds


def compared(package: Any, pictures: list[Tensor], colour: str, level: int) -> Row:
    """Both on every picture, in turn."""
    restorer: Any = installed().create("restorers", "classical/bm3d", {})
    found = []
    for index, clean in enumerate(pictures):
        noisy = noisy_of(clean, level, index)
        mine = judged(lambda: restorer(noisy, sigma=torch.tensor([level / 255])), clean)  # noqa: B023
        other = judged(lambda: theirs(package, noisy, level), clean)  # noqa: B023
        found.append((mine[0], other[0], other[1] / mine[1], mine[1] / clean[0, 0].numel() * 1e6))
    table = np.array(found)
    ratio, seconds = np.median(table[:, 2:], axis=0).tolist()
    ours, reference = table[:, :2].mean(axis=0).tolist()
    return Row(colour=colour, level=level, ours=ours, theirs=reference, ratio=ratio, seconds=seconds)


def middle(picture: Tensor, side: int) -> Tensor:
    """The middle of N,C,H,W, at most ``side`` pixels high and wide; 0: all."""
    if not side:
        return picture
    top, left = (max(0, (length - side) // 2) for length in picture.shape[2:])
    return picture[..., top : top + side, left : left + side].contiguous()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of clean pictures")
    parser.add_argument("--package", type=Path, help="folder with the package bm3d, if it is not installed")
    parser.add_argument("--colours", nargs="+", choices=["grey", "rgb"], default=["grey", "rgb"])
    parser.add_argument("--levels", type=int, nargs="+", default=[15, 25, 50], help="noise, of 255")
    parser.add_argument("--every", type=int, default=1, help="take every so manieth picture")
    parser.add_argument("--pictures", type=int, default=6, help="at most so many")
    parser.add_argument("--side", type=int, default=256, help="side in pixels of the middle that is taken; 0: all")
    parser.add_argument("--json", action="store_true", help="print everything as JSON on standard output")
    given = parser.parse_args()
    if given.package:
        sys.path.append(str(given.package))
    try:
        package = importlib.import_module("bm3d")
    except ImportError as error:
        sys.exit(f"{error}: pip install --target FOLDER --no-deps bm3d bm4d, then --package FOLDER")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    out, rows = sys.stderr if given.json else sys.stdout, []
    print(f"{platform.machine()}, one thread\n{'':<10}{'burnish':>12}{'bm3d':>12}{'difference':>12}", end="", file=out)
    print(f"{'× its time':>12}{'s/Mpx':>8}", file=out)
    for colour in given.colours:
        chosen = list_pictures(given.data)[:: given.every][: given.pictures]
        pictures = [middle(read_clean(path, colour), given.side) for path in chosen]
        compared(package, [middle(pictures[0], 64)], colour, 25)  # what is loaded on the first call
        for level in given.levels:
            row = compared(package, pictures, colour, level)
            rows.append(dataclasses.asdict(row))
            print(f"{colour:<5}σ {level:<3}{row.ours:>9.3f} dB{row.theirs:>9.3f} dB", end="", file=out)
            print(f"{row.ours - row.theirs:>+9.3f} dB{row.ratio:>12.2f}{row.seconds:>8.1f}", file=out, flush=True)
    if given.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
