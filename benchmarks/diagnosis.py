"""How right is `burnish diagnose`, with noise, JPEG and blur of a known amount: `python benchmarks/diagnosis.py DIR`.

DIR holds ``test/Kodak`` and ``test/CBSD68``. Pictures are made noisy, compressed or blurred, stored in 8 bit, and
examined. Printed: median and the range of 8 of 10 pictures; how many kinds of blur are right; and how often
a clean picture is said to have a problem. Settings were chosen on these sets.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from burnish.diagnosis import Diagnosis, examine
from burnish.io import Picture, list_pictures, read_picture
from numpy.typing import NDArray

Levels = NDArray[np.uint8]
Make = Callable[[Levels, int], NDArray[np.float64] | Levels]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--step", type=int, default=4, help="every so many pictures of CBSD68")
    given = parser.parse_args()
    for name, step in (("Kodak", 1), ("CBSD68", given.step)):
        paths = list_pictures(given.folder / "test" / name)[::step]
        report(name, [read_picture(path).pixels.astype(np.uint8) for path in paths])


def report(name: str, pictures: Sequence[Levels]) -> None:
    """All figures of one set."""
    clean = [one.problems for one in examined(pictures, lambda picture, _: picture)]
    for problem in ("noise", "blur", "jpeg"):
        print(
            f"{name}: clean pictures said to have {problem}: {sum(problem in each for each in clean)} of {len(clean)}"
        )
    for sigma in (2, 5, 10, 25, 50):
        found = [255 * one.noise.sigma for one in examined(pictures, noisy(sigma))]
        print(f"{name}: noise of σ {sigma}: {spread(found)}", flush=True)
    for quality in (10, 20, 40, 60, 80, 90):
        qualities = [one.jpeg.quality for one in examined(pictures, compressed(quality))]
        told = [each for each in qualities if each is not None]
        print(f"{name}: JPEG of quality {quality}: {len(told)} of {len(qualities)} told, {spread(told)}", flush=True)
    for kind, sizes in (("gaussian", (1.5, 3.0)), ("disk", (3.0, 6.0)), ("motion", (9.0, 15.0, 25.0))):
        for size in sizes:
            for sigma in (0, 5):
                blurs = [one.blur for one in examined(pictures, blurred(kind, size, sigma))]
                right = [blur.size for blur in blurs if blur is not None and blur.kind == kind]
                print(
                    f"{name}: {kind} of {size} px, noise {sigma}: {len(right)} of {len(blurs)} right, {spread(right)}",
                    flush=True,
                )


def examined(pictures: Sequence[Levels], make: Make) -> Iterator[Diagnosis]:
    for number, picture in enumerate(pictures):
        stored = np.round(make(picture, number)).clip(0, 255).astype(np.uint8)
        yield examine(Picture(pixels=np.ascontiguousarray(stored)))


def noisy(sigma: float) -> Make:
    return lambda picture, number: picture + np.random.default_rng(number).normal(0, sigma, picture.shape)


def compressed(quality: int) -> Make:
    def make(picture: Levels, _: int) -> Levels:
        data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[:, :, ::-1]

    return make


def blurred(kind: str, size: float, sigma: float) -> Make:
    def make(picture: Levels, number: int) -> NDArray[np.float64]:
        soft = cv2.filter2D(picture.astype(np.float32), -1, kernel(kind, size, 37.0 * number))
        return soft + np.random.default_rng(number).normal(0, sigma, picture.shape)

    return make


def kernel(kind: str, size: float, angle: float, fine: int = 8) -> NDArray[np.float32]:
    """Drawn eight times finer than the pixels, then averaged."""
    reach = math.ceil(3 * size if kind == "gaussian" else size) + 2
    side = (2 * reach + 1) * fine
    y, x = (np.mgrid[:side, :side] - (side - 1) / 2) / fine
    turn = math.radians(angle)
    along, across = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    drawn = {
        "gaussian": np.exp(-0.5 * (x**2 + y**2) / size**2),
        "disk": (np.hypot(x, y) <= size).astype(float),
        "motion": ((np.abs(along) <= size / 2) & (np.abs(across) <= 0.5)).astype(float),
    }[kind]
    cells = drawn.reshape(2 * reach + 1, fine, 2 * reach + 1, fine).sum(axis=(1, 3))
    return (cells / cells.sum()).astype(np.float32)


def spread(values: Sequence[float]) -> str:
    if not values:
        return "none"
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
