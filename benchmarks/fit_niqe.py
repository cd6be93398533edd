"""Fit NIQE's model of good photographs, and show how it ranks distorted ones.

Run: python benchmarks/fit_niqe.py --write          # fit and store in the plugin
     python benchmarks/fit_niqe.py --data DIR       # rank DIR/test/CBSD68 and its blurred, noisy, compressed versions
"""

from __future__ import annotations

import argparse
from importlib.metadata import distribution
from pathlib import Path

import burnish_metrics.niqe
import numpy as np
import torch
from burnish.io import read_clean
from burnish.ops.resampling import resize
from burnish.plugins.catalog import installed
from burnish_metrics.convention import full_luma
from burnish_metrics.niqe import fit, store
from numpy.typing import NDArray

PHOTOGRAPHS = {
    "scikit-image": ("skimage/data", "astronaut camera chelsea coffee rocket"),
    "scikit-learn": ("sklearn/datasets/images", "china flower"),
    "matplotlib": ("matplotlib/mpl-data/sample_data", "grace_hopper"),
}
"""Distribution → folder in its wheel, names of photographs with a licence that allows this (docs/data.md; the portrait
of Grace Hopper is a work of the US Navy, public domain)."""

STRIDE = 24
"""Blocks overlap by three quarters, since the photographs are few."""

SCALES = (1.0, 0.7)
"""Every photograph is also taken smaller, bicubic and antialiased, for the same reason."""

DISTORTIONS = {
    "blur 0.7": ("degradations/gaussian-blur", {"width": 0.7}),
    "blur 1": ("degradations/gaussian-blur", {"width": 1.0}),
    "blur 2": ("degradations/gaussian-blur", {"width": 2.0}),
    "noise 5": ("degradations/gaussian-noise", {"sigma": 5 / 255}),
    "noise 15": ("degradations/gaussian-noise", {"sigma": 15 / 255}),
    "noise 25": ("degradations/gaussian-noise", {"sigma": 25 / 255}),
    "JPEG 50": ("degradations/jpeg", {"quality": 50}),
    "JPEG 30": ("degradations/jpeg", {"quality": 30}),
    "JPEG 10": ("degradations/jpeg", {"quality": 10}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--count", type=int, default=68)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.write:
        path = Path(burnish_metrics.niqe.__file__).parent / "models" / "niqe.npz"
        pictures = (resized(luma(each), scale) for each in photographs() for scale in SCALES)
        store(path, *fit(pictures, stride=STRIDE))
        print(f"{path.name}: {path.stat().st_size} bytes")
    if options.data:
        rank(sorted((options.data / "test" / "CBSD68").iterdir())[: options.count])


def photographs() -> list[Path]:
    """Those of the wheels that are installed."""
    found = []
    for name, (folder, names) in PHOTOGRAPHS.items():
        place = Path(str(distribution(name).locate_file(folder)))
        found += [next(place.glob(f"{each}.*g")) for each in names.split()]
    return found


def luma(path: Path) -> NDArray[np.float64]:
    """BT.601 luma over the full range, in 0..255."""
    return full_luma(read_clean(path)[0].permute(1, 2, 0).double().numpy() * 255.0)


def resized(picture: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """H,W in 0..255, smaller by ``scale``."""
    return resize(torch.from_numpy(picture)[None, None], scale)[0, 0].clamp(0.0, 255.0).numpy()


def rank(paths: list[Path]) -> None:
    """Print NIQE's mean of each distortion and how often it is above the original's."""
    catalog = installed()
    niqe = catalog.create("metrics", "metrics/niqe", {"border": 0})
    originals = [float(niqe(read_clean(path), None)) for path in paths]
    print(f"{'':<12}{'mean':>8}{'worse than its original':>28}")
    print(f"{'original':<12}{np.mean(originals):>8.3f}")
    for name, (degrader, config) in DISTORTIONS.items():
        made = catalog.create("degraders", degrader, config)
        generator = torch.Generator().manual_seed(0)
        scores = [float(niqe(made(read_clean(path), generator).degraded, None)) for path in paths]
        worse = sum(score > original for score, original in zip(scores, originals, strict=True))
        print(f"{name:<12}{np.mean(scores):>8.3f}{worse:>20} of {len(paths)}")


if __name__ == "__main__":
    main()
