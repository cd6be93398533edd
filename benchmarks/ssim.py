"""Metrics of ours beside scikit-image and torchmetrics, on one 0.24-megapixel RGB picture: speed and agreement.

Run: python benchmarks/ssim.py [--json] [--rounds N]

One thread and processor seconds; in turn, so that ratios hold on a busy machine. scikit-image is timed with the types
of arrays that it keeps, H,W,C, without the conversion from what others take. Its value in float64 is to agree with.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import cv2
import numpy as np
import skimage.data
import skimage.metrics
import torch
from burnish.plugins.catalog import installed
from numpy.typing import NDArray
from pairing import compare
from torch import Tensor
from torchmetrics.functional import image as torchmetrics

Subjects = Mapping[str, Callable[[], Any]]


def pictures() -> tuple[Tensor, Tensor]:
    """An estimate and its reference, 1,3,400,600, of whole 8-bit levels."""
    clean = torch.from_numpy(skimage.data.coffee()).permute(2, 0, 1)[None] / 255
    noisy = (clean + 0.1 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    return (noisy * 255).round().contiguous() / 255, clean.contiguous()


def arrays(pair: tuple[Tensor, Tensor], dtype: type) -> list[NDArray[Any]]:
    """H,W,C, or H,W of one channel."""
    return [np.ascontiguousarray(picture[0].permute(1, 2, 0).numpy().squeeze().astype(dtype)) for picture in pair]


def scikit_ssim(x: NDArray[Any], y: NDArray[Any]) -> float:
    """Averaged where the window is inside, as it does by itself."""
    found = skimage.metrics.structural_similarity(
        x, y, channel_axis=2, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    return float(found)


def subjects(pair: tuple[Tensor, Tensor]) -> dict[str, Subjects]:
    """By metric, ours first."""

    def ours(name: str, **config: Any) -> Callable[[], Any]:
        return partial(installed().create("metrics", f"metrics/{name}", config), *pair)

    bytes_of = [np.round(255 * pixels).astype(np.uint8) for pixels in arrays(pair, np.float64)]
    singles, doubles = arrays(pair, np.float32), arrays(pair, np.float64)
    psnr = partial(skimage.metrics.peak_signal_noise_ratio, data_range=1)
    known = {"data_range": 1.0}
    grey = tuple(picture.mean(dim=1, keepdim=True).mul(255).round() / 255 for picture in pair)
    return {
        "PSNR": {
            "burnish": ours("psnr", border=0),
            "scikit-image, float64": partial(psnr, *doubles[::-1]),
            "scikit-image, float32": partial(psnr, *singles[::-1]),
            "scikit-image, uint8": partial(psnr, *bytes_of[::-1], data_range=255),
            "torchmetrics": partial(torchmetrics.peak_signal_noise_ratio, *pair, **known),
        },
        "SSIM": {
            "burnish": ours("ssim", border=0),
            "scikit-image, float64": partial(scikit_ssim, *doubles),
            "scikit-image, float32": partial(scikit_ssim, *singles),
            "torchmetrics": partial(torchmetrics.structural_similarity_index_measure, *pair, **known),
        },
        "MS-SSIM (torchmetrics counts mirrored pixels beyond the border in the last scale)": {
            "burnish": ours("ms-ssim", border=0),
            "torchmetrics": partial(torchmetrics.multiscale_structural_similarity_index_measure, *pair, **known),
        },
        "PSNR-B of luma": {
            "burnish": partial(installed().create("metrics", "metrics/psnr-b"), *grey),
            "torchmetrics": partial(torchmetrics.peak_signal_noise_ratio_with_blocked_effect, *grey, **known),
        },
        "without another to compare with": {name: ours(name) for name in ("gmsd", "niqe", "psnr-shifted")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print everything as JSON on standard output")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rows = []
    with contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout):
        for metric, compared in subjects(pictures()).items():
            print(metric)
            timings = compare(compared, rounds=given.rounds, clock=time.process_time)
            for name, call in compared.items():
                value = float(call())
                print(f"  {name:<32}{value:.9f}")
                rows.append({"metric": metric, "name": name, "value": value, **dataclasses.asdict(timings[name])})
    if given.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
