"""The classical denoisers beside scikit-image's and OpenCV's on the same noisy pictures: PSNR and seconds a megapixel.

Run: python benchmarks/classical.py --data DIR [--colour] [--levels 15 25 50] [--every N] [--crop SIDE]

DIR holds clean pictures. Noise is added in floating point, neither clipped nor rounded (OpenCV's non-local means takes
8 bit only: it gets the picture rounded); estimates are rounded to 8 bit. Seconds are the processor's, on one core.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.restoration
import torch
from burnish.io import list_pictures, read_clean
from burnish.plugins.catalog import installed
from numpy.typing import NDArray
from torch import Tensor

Pixels = NDArray[np.float32]
Denoiser = Callable[[Tensor, float], Tensor]

OURS = ("median", "bilateral", "guided-filter", "total-variation", "nlm", "bm3d")


def ours(name: str) -> Denoiser:
    """A restorer of the catalog, with its defaults."""
    restorer: Any = installed().create("restorers", f"classical/{name}")
    if name == "median":
        return lambda noisy, sigma: restorer(noisy)
    return lambda noisy, sigma: restorer(noisy, sigma=torch.tensor([sigma]))


def theirs(function: Callable[[Pixels, float], NDArray[Any]]) -> Denoiser:
    """A function of H,W,C (or H,W where grey) and σ."""

    def denoise(noisy: Tensor, sigma: float) -> Tensor:
        pixels = np.ascontiguousarray(noisy[0].permute(1, 2, 0).numpy())
        found = np.asarray(function(pixels if pixels.shape[2] == 3 else pixels[..., 0], sigma), dtype=np.float32)
        return torch.from_numpy(found if found.ndim == 3 else found[..., None]).permute(2, 0, 1)[None]

    return denoise


def skimage_nlm(pixels: Pixels, sigma: float) -> NDArray[Any]:
    """As its documentation advises for known noise."""
    axis = 2 if pixels.ndim == 3 else None
    return np.asarray(
        skimage.restoration.denoise_nl_means(pixels, 5, 7, 0.6 * sigma, fast_mode=True, sigma=sigma, channel_axis=axis)
    )


def skimage_tv(pixels: Pixels, sigma: float) -> NDArray[Any]:
    """With the weight that we take on grey; channel by channel, as it does."""
    axis = 2 if pixels.ndim == 3 else None
    return np.asarray(skimage.restoration.denoise_tv_chambolle(pixels, weight=0.6 * sigma, channel_axis=axis))


def opencv_nlm(pixels: Pixels, sigma: float) -> NDArray[Any]:
    """With h = σ, its usual windows, on 8 bit."""
    levels = (pixels.clip(0, 1) * 255).round().astype(np.uint8)
    strength = 255 * sigma
    if levels.ndim == 2:
        return cv2.fastNlMeansDenoising(levels, None, strength, 7, 21) / np.float32(255)
    turned = cv2.fastNlMeansDenoisingColored(np.ascontiguousarray(levels[..., ::-1]), None, strength, strength, 7, 21)
    return turned[..., ::-1] / np.float32(255)


SUBJECTS: dict[str, Denoiser] = {
    "noisy": lambda noisy, sigma: noisy,
    **{f"classical/{name}": ours(name) for name in OURS},
    "skimage denoise_tv_chambolle": theirs(skimage_tv),
    "skimage denoise_nl_means": theirs(skimage_nlm),
    "OpenCV fastNlMeansDenoising": theirs(opencv_nlm),
}


def measured(denoiser: Denoiser, pictures: list[Tensor], level: int) -> tuple[float, float]:
    """Mean PSNR in dB, and seconds a megapixel."""
    scores, seconds = [], 0.0
    for index, clean in enumerate(pictures):
        noisy = clean + level / 255 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(index))
        start = time.process_time()
        estimate = denoiser(noisy, level / 255)
        seconds += time.process_time() - start
        error = ((estimate.clamp(0, 1) * 255).round() / 255 - clean).double().square().mean()
        scores.append(-10 * math.log10(float(error)))
    return float(np.mean(scores)), seconds / sum(clean[0, 0].numel() for clean in pictures) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of clean pictures")
    parser.add_argument("--colour", action="store_true", help="RGB instead of grey")
    parser.add_argument("--levels", type=int, nargs="+", default=[15, 25, 50], help="noise, of 255")
    parser.add_argument("--every", type=int, default=1, help="take every so manieth picture")
    parser.add_argument("--crop", type=int, default=0, help="side in pixels of the middle that is taken; 0: all")
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    colour = "rgb" if given.colour else "grey"
    pictures = [read_clean(path, colour) for path in list_pictures(given.data)[:: given.every]]
    if given.crop:
        pictures = [middle(picture, given.crop) for picture in pictures]
    print(f"{len(pictures)} pictures, {colour}; PSNR in dB | seconds a megapixel")
    print(f"{'σ of 255':<32}" + "".join(f"{level:>16}" for level in given.levels))
    for name, denoiser in SUBJECTS.items():
        measured(denoiser, [middle(pictures[0], 32)], 25)  # what is loaded and compiled on the first call
        cells = [measured(denoiser, pictures, level) for level in given.levels]
        print(f"{name:<32}" + "".join(f"{psnr:>9.2f} |{seconds:>5.1f}" for psnr, seconds in cells), flush=True)


def middle(picture: Tensor, side: int) -> Tensor:
    """The middle of N,C,H,W."""
    top, left = (max(0, (length - side) // 2) for length in picture.shape[2:])
    return picture[..., top : top + side, left : left + side].contiguous()


if __name__ == "__main__":
    main()
