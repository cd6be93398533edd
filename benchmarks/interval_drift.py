"""Whether pictures of another kind than a calibration's are found from the widths of their intervals alone.

``python benchmarks/interval_drift.py --bundle BUNDLE --train DIR --clean DIR [--sigma 0.098] [--json]``

A profile of 32 pictures of ``--train`` with the noise of the calibration is made as ``burnish monitor`` makes it; looks
of 10 pictures of ``--clean`` are judged by it, with the measure ``interval_width`` alone. Beside each shift: how much
of the values the intervals still cover, and how many of 1,000 looks are outside.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from burnish.drift import Distribution, OutputMeasures, Profile, judge
from burnish.drift.measures import INTERVAL_WIDTH
from burnish.inference import load_bundle, restore
from burnish.io import list_pictures, read_clean
from burnish.ops.measures.noise import noise_sigma
from burnish.plugins.catalog import installed
from burnish.uncertainty.calibration import read
from burnish.uncertainty.interval import interval_of
from torch import Tensor

LOOKS, PICTURES, SIDE, COVERAGE = 1000, 10, 256, 0.9


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--train", type=Path, required=True, help="pictures like those of the calibration")
    parser.add_argument("--clean", type=Path, required=True, help="others, which arrive")
    parser.add_argument("--sigma", type=float, default=25 / 255, help="noise of the calibration")
    parser.add_argument("--count", type=int, default=30, help="pictures that arrive")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    loaded = load_bundle(asked.bundle)
    output = OutputMeasures(loaded, installed(), "")
    read(loaded)
    shifts = _shifts(asked.sigma)
    usual = next(iter(shifts.values()))
    profile = _profile([_width(output, usual, path) for path in list_pictures(asked.train)[:32]])
    rows = []
    for name, shift in shifts.items():
        widths, covered = [], []
        for path in list_pictures(asked.clean)[: asked.count]:
            clean, degraded = _degraded(path, shift)
            told = {"sigma": noise_sigma(degraded[0].permute(1, 2, 0).numpy())} if "sigma" in loaded.spec.needs else {}
            widths.append(output(degraded)[INTERVAL_WIDTH] or 0.0)

            def again(other: Tensor, told: dict[str, float] = told) -> Tensor:
                return restore(loaded, other, told, transfer="srgb").clamp(0, 1)

            found = interval_of(loaded, degraded, again(degraded), COVERAGE, again)
            covered.append(float(found.holds(clean).double().mean()))
        draw = np.random.default_rng(0)
        outside = 0
        for _ in range(LOOKS):
            look = draw.choice(widths, PICTURES, replace=False)
            judged = judge(profile, [{INTERVAL_WIDTH: float(one)} for one in look])
            outside += judged[INTERVAL_WIDTH].state == "outside"
        rows.append(
            {"shift": name, "coverage": float(np.mean(covered)), "width": float(np.median(widths)), "outside": outside}
        )
        if not asked.json:
            row = rows[-1]
            print(
                f"{name:<28} coverage {row['coverage']:.3f}  width {row['width']:.4f}  {outside} of {LOOKS}", flush=True
            )
    if asked.json:
        print(json.dumps({"restorer": loaded.id, "asked": COVERAGE, "rows": rows}, indent=2))


def _profile(widths: list[float]) -> Profile:
    known = Distribution.of(widths)
    assert known is not None
    return Profile(pictures=len(widths), degrader="d", seed=0, measures={INTERVAL_WIDTH: known})


def _width(output: OutputMeasures, shift: Callable[[Tensor, int], Tensor], path: Path) -> float:
    return output(_degraded(path, shift)[1])[INTERVAL_WIDTH] or 0.0


def _degraded(path: Path, shift: Callable[[Tensor, int], Tensor]) -> tuple[Tensor, Tensor]:
    """The middle of a picture, and what is made of it, as a file of 8 bits holds it."""
    whole = read_clean(path, "rgb")
    top, left = ((extent - min(SIDE, extent)) // 2 for extent in whole.shape[-2:])
    clean = whole[..., top : top + SIDE, left : left + SIDE].contiguous()
    seed = int.from_bytes(path.name.encode()[-4:], "little")
    return clean, (shift(clean, seed).clamp(0, 1) * 255 + 0.5).floor() / 255


def _shifts(sigma: float) -> dict[str, Callable[[Tensor, int], Tensor]]:
    def noise(clean: Tensor, seed: int, factor: float = 1.0) -> Tensor:
        return clean + factor * sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))

    def correlated(clean: Tensor, seed: int) -> Tensor:
        field = noise(torch.zeros_like(clean), seed)
        field = torch.nn.functional.avg_pool2d(field, 3, 1, 1)
        return clean + field * (sigma / float(field.std()))

    def poisson(clean: Tensor, seed: int) -> Tensor:
        photons = 0.4 / sigma**2
        return torch.poisson(clean * photons, generator=torch.Generator().manual_seed(seed)) / photons

    return {
        "as calibrated": noise,
        "noise × 0.6": lambda clean, seed: noise(clean, seed, 0.6),
        "noise × 0.8": lambda clean, seed: noise(clean, seed, 0.8),
        "noise × 1.2": lambda clean, seed: noise(clean, seed, 1.2),
        "noise × 1.4": lambda clean, seed: noise(clean, seed, 1.4),
        "noise × 2": lambda clean, seed: noise(clean, seed, 2.0),
        "correlated noise": correlated,
        "shot noise": poisson,
        "noise, then JPEG 50": lambda clean, seed: _jpeg(noise(clean, seed), 50),
        "noise, then JPEG 80": lambda clean, seed: _jpeg(noise(clean, seed), 80),
        "JPEG 20 alone": lambda clean, seed: _jpeg(clean, 20),
        "blur of 2 pixels, noise": lambda clean, seed: noise(_blurred(clean), seed),
    }


def _jpeg(picture: Tensor, quality: int) -> Tensor:
    levels = (picture[0].clamp(0, 1).permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", levels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return _tensor(cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1].astype(np.float32) / 255)


def _blurred(picture: Tensor) -> Tensor:
    return _tensor(cv2.GaussianBlur(picture[0].permute(1, 2, 0).numpy(), (0, 0), 2.0))


def _tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]


if __name__ == "__main__":
    main()
