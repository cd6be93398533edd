"""How exactly the frames of a burst are registered, beside OpenCV: mean error of the flow in pixels, on known motion.

Bursts are made of photographs by degradations/burst (its true flow is the reference), with rotation, of one colour, in
patches of 48 pixels; likewise the share of a clip's motion that is undone, where no true flow is known.

Run: python benchmarks/alignment.py --data DIR     DIR: photographs [--clip DIR: folder of frames] [--count N]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from burnish.io import list_pictures, read_clean
from burnish.ops.alignment import align, warp
from burnish.plugins.catalog import installed
from torch import Tensor

SIDE = 48
BURST = {"frames": 4, "shift": 4.0, "rotation": 1.0, "length": 0.0, "scale": 2}

Flow = Callable[[Tensor, Tensor], Tensor]
"""Reference and moving frame 1,1,H,W → 1,2,H,W."""


def ours(reference: Tensor, moving: Tensor) -> Tensor:
    return align(reference, moving, local_levels=0)[0]


def ours_locally(reference: Tensor, moving: Tensor) -> Tensor:
    return align(reference, moving, levels=6, local_levels=5)[0]


def ecc(reference: Tensor, moving: Tensor) -> Tensor:
    """OpenCV's enhanced correlation coefficient with a Euclidean motion (Evangelidis and Psarakis 2008)."""
    turn: np.ndarray = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-6)
    try:
        _, turn = cv2.findTransformECC(
            reference[0, 0].numpy(), moving[0, 0].numpy(), turn, cv2.MOTION_EUCLIDEAN, stop, None, 5
        )
    except cv2.error:  # it does not converge
        turn = np.eye(2, 3, dtype=np.float32)
    height, width = reference.shape[-2:]
    y, x = np.mgrid[:height, :width]
    places = np.einsum("ij,jhw->ihw", turn, np.stack([x, y, np.ones_like(x)]))
    return torch.from_numpy(places - np.stack([x, y])).float()[None]


def dis(reference: Tensor, moving: Tensor) -> Tensor:
    """OpenCV's dense inverse search (Kroeger et al. 2016), medium preset."""
    first, second = ((part[0, 0].clamp(0, 1) * 255).round().byte().numpy() for part in (reference, moving))
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = estimator.calc(first, second, None)  # type: ignore[call-overload]
    return torch.from_numpy(np.moveaxis(flow, -1, 0).copy())[None]


def bursts(photographs: list[Path], noise: float) -> None:
    degrader = installed().create("degraders", "degradations/burst", {**BURST, "noise": noise})
    methods: dict[str, Flow] = {"ours, global": ours, "OpenCV ECC": ecc, "OpenCV DIS": dis}
    errors: dict[str, list[float]] = {name: [] for name in methods}
    seconds = dict.fromkeys(methods, 0.0)
    for number, path in enumerate(photographs):
        clean = read_clean(path, "grey")
        size = min(clean.shape[2] // 2 * 2, clean.shape[3] // 2 * 2, 300)
        observation = degrader(clean[..., :size, :size], torch.Generator().manual_seed(number))
        start = (observation.degraded.shape[-1] - SIDE) // 2
        part = (..., slice(start, start + SIDE), slice(start, start + SIDE))
        frames, truth = observation.degraded[part][0], observation.conditions["flow"][part][0]
        for frame, true in zip(frames[1:], truth[1:], strict=True):
            for name, method in methods.items():
                began = time.perf_counter()
                flow = method(frames[:1], frame[None])
                seconds[name] += time.perf_counter() - began
                errors[name].append(float((flow[0] - true).square().sum(0).sqrt().mean()))
    for name, found in errors.items():
        speed = 1000 * seconds[name] / len(found)
        print(f"{noise:<7}{name:<14}{np.mean(found):>8.3f}{np.median(found):>8.3f}{np.max(found):>8.3f}{speed:>9.1f}")


def clip(folder: Path) -> None:
    frames = [read_clean(path, "grey") for path in list_pictures(folder)][:8]
    methods: dict[str, Flow] = {"ours, global": ours, "ours, local": ours_locally, "OpenCV DIS": dis}
    pairs = list(pairwise(frames))
    print(f"{'still':<16}{np.mean([_psnr(first, second) for first, second in pairs]):>8.2f}")
    for name, method in methods.items():
        began = time.perf_counter()
        found = [_psnr(first, warp(second, method(first, second), "bicubic")) for first, second in pairs]
        print(f"{name:<16}{np.mean(found):>8.2f}{(time.perf_counter() - began) / len(pairs):>9.2f} s")


def _psnr(first: Tensor, second: Tensor) -> float:
    inner = (..., slice(16, -16), slice(16, -16))
    return -10.0 * float((first[inner] - second[inner]).square().mean().log10())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs")
    parser.add_argument("--clip", type=Path, help="folder of a clip's frames")
    parser.add_argument("--count", type=int, default=20, help="photographs")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    photographs = list_pictures(arguments.data)[: arguments.count]
    print(f"error of the flow in pixels, {3 * len(photographs)} pairs of {SIDE}×{SIDE}")
    print(f"{'noise':<7}{'':<14}{'mean':>8}{'median':>8}{'worst':>8}{'ms':>9}")
    for noise in (0.0, 0.01, 0.03):
        bursts(photographs, noise)
    if arguments.clip:
        print(f"\nPSNR in dB of a frame made of the next one, {arguments.clip.name}")
        clip(arguments.clip)


if __name__ == "__main__":
    main()
