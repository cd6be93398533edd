"""Colour denoising without being told σ, with σ, and by FFDNet's published weights in the same code: PSNR in dB.

Run: python benchmarks/unknown_noise.py --data DIR [--restorer cnn/ffdnet:colour] [--every N]

DIR holds test/CBSD68, test/Kodak and weights/FFDNet_color.npz, which does not ship. Noise is white, σ of 15, 25 and 50
of 255, clipped and rounded to 8 bit as in a file. Where nobody tells σ, it is estimated from each picture. ``--every``
takes every N-th picture of CBSD68.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from burnish.inference import Restorer, load_bundle, load_restorer, restore_picture
from burnish.io import Picture, list_pictures, read_picture
from deconvolution import ffdnet

LEVELS = (15, 25, 50)


def main() -> None:
    """Print a row for each set and level."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--restorer", default="cnn/ffdnet:colour", help="needs sigma; default: %(default)s")
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    ours = load_restorer(arguments.restorer, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        theirs = load_bundle(
            ffdnet(arguments.data / "weights/FFDNet_color.npz", Path(folder) / "published"), device="cpu"
        )
    print(f"{'set':<8}{'σ':>4}{'noisy':>9}{'σ told':>9}{'not told':>10}{'published':>11}")
    for name, every in (("Kodak", 1), ("CBSD68", arguments.every)):
        pictures = [read_picture(path) for path in list_pictures(arguments.data / "test" / name)[::every]]
        for level in LEVELS:
            noisy, *restored = np.mean([_row(picture, level, ours, theirs) for picture in pictures], axis=0)
            print(f"{name:<8}{level:>4}{noisy:>9.2f}{restored[0]:>9.2f}{restored[1]:>10.2f}{restored[2]:>11.2f}")


def _row(clean: Picture, level: int, ours: Restorer, theirs: Restorer) -> Sequence[float]:
    draw = np.random.default_rng(0)
    pixels = clean.pixels + draw.normal(0.0, level, clean.pixels.shape)
    noisy = Picture(pixels=np.clip(np.round(pixels), 0, 255).astype(np.uint8))
    told = {"sigma": level / 255}
    made = [
        noisy,
        restore_picture(ours, noisy, told),
        restore_picture(ours, noisy),
        restore_picture(theirs, noisy, told),
    ]
    return [_psnr(one, clean) for one in made]


def _psnr(one: Picture, other: Picture) -> float:
    return float(20 * np.log10(255) - 10 * np.log10(np.mean((one.pixels - other.pixels.astype(np.float64)) ** 2)))


if __name__ == "__main__":
    main()
