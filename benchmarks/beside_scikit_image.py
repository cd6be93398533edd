"""Deconvolution and denoising of ours beside the same methods of scikit-image: ratio of times, and quality of both.

Run: python benchmarks/beside_scikit_image.py --data DIR [--only TEXT] [--pictures N] [--rounds N] [--json]

DIR holds test/Kodak and kernels/levin09. One thread, processor seconds, in turn. Richardson–Lucy is compared at the
same number of plain iterations, and with a third as many accelerated ones of ours. scikit-image's starts from grey and
takes what is outside for black, so only ours knows the periodic border: their PSNR tells that, not an error. The window
of its bilateral filter is skewed (scikit-image 0.26), so look at the times.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import deconvolution
import numpy as np
import torch
from burnish.io import list_pictures, read_clean
from burnish.plugins.catalog import installed
from pairing import compare
from skimage import restoration
from torch import Tensor

ITERATIONS = 20
"""Of Richardson–Lucy."""
NOISE = 25 / 255
PLAIN = {"iterations": ITERATIONS, "acceleration": False, "tv": 0.0, "boundary": "circular"}


def planewise(function: Callable[..., Any], degraded: Tensor, *given: Any, **known: Any) -> Tensor:
    """A function of H,W on every channel of 1,C,H,W."""
    return torch.from_numpy(np.stack([function(plane.numpy(), *given, **known) for plane in degraded[0]]))[None]


def deblurring(data: Path, boundary: str, index: int) -> tuple[Tensor, dict[str, dict[str, Callable[[], Tensor]]]]:
    """A clean picture, and what restores it, ours first."""
    case = list(deconvolution.blurred(data, "test/Kodak", boundary))[index]
    degraded, told = case.degraded.clamp(0, 1), {"kernel": case.kernel[None]}
    kernel = case.kernel.numpy()

    def ours(name: str, config: dict[str, Any], **more: Any) -> Callable[[], Tensor]:
        restorer = installed().create("restorers", f"deconvolution/{name}", config)
        return lambda: restorer(degraded, **told, **more)  # type: ignore[no-any-return, operator]

    sigma = torch.tensor([case.sigma])
    lucy = {
        "burnish": ours("richardson-lucy", PLAIN),
        "scikit-image": lambda: planewise(restoration.richardson_lucy, degraded, kernel, ITERATIONS, clip=False),
        "burnish, 7 accelerated": ours("richardson-lucy", {"iterations": 7, "tv": 0.0, "boundary": "circular"}),
    }
    wiener = {
        "burnish": ours("wiener", {"boundary": boundary}, sigma=sigma),
        "scikit-image": lambda: planewise(restoration.wiener, degraded, kernel, 0.01, clip=False),
    }
    found = {f"wiener, {boundary}": wiener}
    return case.clean, {**found, **({"richardson-lucy": lucy} if boundary == "circular" else {})}


def denoising(data: Path, colour: str, index: int) -> tuple[Tensor, dict[str, dict[str, Callable[[], Tensor]]]]:
    """Likewise."""
    clean = read_clean(list_pictures(data / "test/Kodak")[index], colour)[..., 100:356, 100:356].contiguous()
    noisy = clean + NOISE * torch.randn(clean.shape, generator=torch.Generator().manual_seed(index))
    pixels = np.ascontiguousarray(noisy[0].permute(1, 2, 0).numpy().squeeze())
    axis = 2 if colour == "rgb" else None

    def ours(name: str) -> Callable[[], Tensor]:
        restorer = installed().create("restorers", f"classical/{name}", {})
        return lambda: restorer(noisy, sigma=torch.tensor([NOISE]))  # type: ignore[no-any-return, operator]

    def theirs(function: Callable[..., Any], *given: Any, **known: Any) -> Callable[[], Tensor]:
        def run() -> Tensor:
            found = np.asarray(function(pixels, *given, channel_axis=axis, **known), dtype=np.float32)
            return torch.from_numpy(found.reshape(*found.shape[:2], -1)).permute(2, 0, 1)[None]

        return run

    nlm = theirs(restoration.denoise_nl_means, 5, 7, 0.6 * NOISE, fast_mode=True, sigma=NOISE)
    tv = theirs(restoration.denoise_tv_chambolle, weight=0.6 * NOISE)
    ranges = {"sigma_color": 1.5 * NOISE, "sigma_spatial": 2.0, "mode": "reflect"}
    bilateral = theirs(restoration.denoise_bilateral, win_size=11, **ranges)
    pairs = {"total-variation": tv, "nlm": nlm, "bilateral": bilateral}
    return clean, {f"{name}, {colour}": {"burnish": ours(name), "scikit-image": other} for name, other in pairs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default="", help="methods whose name holds this text")
    parser.add_argument("--pictures", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print everything as JSON on standard output")
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    makers = [(deblurring, "circular"), (deblurring, "unknown"), (denoising, "grey"), (denoising, "rgb")]
    rows = []
    with contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout):
        for make, how in makers:
            for index in range(given.pictures):
                clean, methods = make(given.data, how, index)
                for method, subjects in methods.items():
                    if given.only not in method:
                        continue
                    print(f"{method}, picture {index + 1}")
                    timings = compare(subjects, rounds=given.rounds, clock=time.process_time)
                    for name, call in subjects.items():
                        quality = deconvolution.psnr(call(), clean)
                        print(f"  {name:<32}{quality:8.2f} dB", flush=True)
                        row = {"method": method, "picture": index + 1, "name": name, "psnr": quality}
                        rows.append({**row, **dataclasses.asdict(timings[name])})
    if given.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
