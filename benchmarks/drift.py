"""What `burnish monitor` measures of pictures, against what was done to them.

Run: python benchmarks/drift.py --clean DIR [DIR ...] [--pictures N]

Noise: white, Gaussian, clipped and rounded to 8 bit; beside it the median of wavelet coefficients (Donoho and
Johnstone, doi:10.1093/biomet/81.3.425, Daubechies' db2), which is what scikit-image's estimate_sigma computes. Blur:
Gaussian, before noise. JPEG: Pillow's, 4:2:0. Errors are medians over the pictures.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from burnish.drift import measure_file, measure_pixels
from burnish.io import list_pictures, read_clean
from burnish.ops.measures.compression import blockiness, jpeg_quality
from burnish.ops.measures.noise import noise_sigma
from burnish.ops.measures.pixels import LUMA
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]

HIGH_PASS = np.array([-0.12940952255092145, -0.22414386804185735, 0.836516303737469, -0.48296291314469025])


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=Path, nargs="+", required=True)
    parser.add_argument("--pictures", type=int, default=40, help="of each folder at most (default: 40)")
    arguments = parser.parse_args()
    paths = [path for folder in arguments.clean for path in list_pictures(folder)[: arguments.pictures]]
    pictures = [read_clean(path)[0].permute(1, 2, 0).contiguous().numpy() for path in paths]
    print(f"{len(pictures)} pictures")
    noise(pictures)
    blur(pictures)
    jpeg(pictures)
    cost(pictures)


def noise(pictures: Sequence[Pixels]) -> None:
    """σ in levels of 255: median reading, 5 and 95 %, median error, and that of wavelets."""
    print("\nnoise   read   5 %   95 %   error   wavelets")
    for level in (0, 2, 5, 10, 15, 25, 50):
        made = [noisy(picture, level / 255, seed) for seed, picture in enumerate(pictures)]
        own = 255 * np.array([noise_sigma(picture) for picture in made])
        other = 255 * np.array([np.mean([wavelet_mad(p[:, :, c]) for c in range(3)]) for p in made])
        error, rival = (f"{100 * np.median(np.abs(read / level - 1)):.1f} %" if level else "-" for read in (own, other))
        low, middle, high = np.quantile(own, [0.05, 0.5, 0.95])
        print(f"{level:5d} {middle:6.2f} {low:6.2f} {high:6.2f}  {error:>6}  {rival:>6}")


def blur(pictures: Sequence[Pixels]) -> None:
    """σ in pixels: median reading without noise and with some, and how many pictures read more at every step."""
    steps = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
    print("\nnoise  " + "  ".join(f"{step:4.1f}" for step in steps) + "  rising")
    for level in (0, 10, 25, 50):
        read = np.array([[blur_of(noisy(soft(p, s), level / 255, i)) for s in steps] for i, p in enumerate(pictures)])
        rising = (np.diff(read[:, 2:], axis=1) > 0).all(axis=1).mean()
        print(f"{level:5d}  " + "  ".join(f"{x:4.2f}" for x in np.nanmedian(read, axis=0)) + f"  {100 * rising:.0f} %")


def jpeg(pictures: Sequence[Pixels]) -> None:
    """Quality written: how many read exactly that, and the median blockiness."""
    print("\nquality  read exactly  blockiness")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.jpg"
        for quality in (95, 90, 75, 50, 30, 10):
            exact, blocks = [], []
            for picture in pictures:
                Image.fromarray((picture * 255).round().astype(np.uint8)).save(path, quality=quality)
                exact.append(jpeg_quality(path) == quality)
                decoded = np.asarray(Image.open(path)).astype(np.float32) / np.float32(255)
                blocks.append(blockiness(decoded @ LUMA) or 0.0)
            print(f"{quality:7d}  {100 * np.mean(exact):10.0f} %  {np.median(blocks):10.3f}")
    print(f"      -             -  {np.median([blockiness(p @ LUMA) or 0.0 for p in pictures]):10.3f}")


def cost(pictures: Sequence[Pixels]) -> None:
    """Seconds for a file of 12 megapixels, decoding included."""
    target = io.BytesIO()
    large = Image.fromarray((pictures[0] * 255).round().astype(np.uint8)).resize((4000, 3000))
    large.save(target, "JPEG", quality=92)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.jpg"
        path.write_bytes(target.getvalue())
        print(f"\n12 megapixels: {min(timed(lambda: measure_file(path)) for _ in range(3)):.2f} s")


def noisy(picture: Pixels, sigma: float, seed: int) -> Pixels:
    """As a file with 8 bit would hold it."""
    made = picture + np.random.default_rng(seed).normal(0.0, sigma, picture.shape) if sigma else picture
    return (np.round(np.clip(made, 0, 1) * 255) / 255).astype(np.float32)


def soft(picture: Pixels, sigma: float) -> Pixels:
    """Blurred by a Gaussian of σ pixels."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.float32) if sigma else picture


def blur_of(picture: Pixels) -> float:
    """The measure; not a number where it does not tell."""
    read = measure_pixels(picture)["blur"]
    return float("nan") if read is None else read


def wavelet_mad(plane: Pixels) -> float:
    """σ by the median of the finest diagonal coefficients."""
    rows = cv2.filter2D(plane.astype(np.float64), cv2.CV_64F, HIGH_PASS[None])
    diagonal = cv2.filter2D(rows, cv2.CV_64F, HIGH_PASS[:, None])[::2, ::2]
    return float(np.median(np.abs(diagonal)) / 0.6744897501960817)


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
