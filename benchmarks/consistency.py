"""How often `burnish restore` warns without a reason, and what it finds: `python benchmarks/consistency.py DIR`.

DIR holds ``test/CBSD68``, ``test/Kodak``, ``test/Set5``, ``domain/driving``, ``train/open``. Limits were chosen on
CBSD68. Of each set some crops are degraded, stored in 8 bit, and restored by what is told of them, of every second
one without the noise's σ; the share of pictures with a warning is printed, the largest excess (1 warns), and the time
of the comparison over that of the restorer. With ``--tampered`` the estimates of CBSD68 are changed instead: objects,
shifts, brightness, texture that are not in the input.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from burnish.inference import Restorer, load_restorer, restore
from burnish.inference.consistency import consistency, known_degradation, slack
from burnish.inference.linear_light import curve_of_model
from burnish.io import Picture, from_tensor, list_pictures, read_clean, to_tensor
from burnish.ops.transfer import transfer_named
from burnish.plugins.catalog import installed
from burnish.protocols import Observation
from burnish.restorer.options import RestoreOptions
from torch import Tensor
from torch.nn import functional

SETS = ("test/CBSD68", "test/Kodak", "test/Set5", "domain/driving", "train/open")
SIDE = 192
"""Pixels of the degraded crops."""
DENOISERS = ("cnn/ffdnet:colour", "cnn/ffdnet:grey", "cnn/blind-ffdnet:grey", "cnn/dncnn:grey-blind")
DENOISERS += tuple(f"classical/{name}" for name in ("bm3d", "nlm", "total-variation", "bilateral", "guided-filter"))
DEBLURRERS = tuple(
    f"deconvolution/{name}" for name in ("wiener", "richardson-lucy", "admm-tv", "deep-wiener:camera-shake")
)
LEVEL = 2.55 / 255
Tried = tuple[str, str, Mapping[str, Any]]


def tried() -> Iterator[Tried]:
    """Restorer, degrader and its settings."""
    for name in DENOISERS:
        yield from ((name, "gaussian-noise", {"sigma": level / 255}) for level in (10, 25))
    yield "cnn/dncnn:grey-25", "gaussian-noise", {"sigma": 25 / 255}
    yield "classical/median", "gaussian-noise", {"sigma": 10 / 255}
    for name in ("cnn/ffdnet:colour", "classical/bm3d"):
        yield name, "camera-noise", {"sigma": 12 / 255}
    for name in ("cnn/dncnn:dejpeg-grey", "cnn/dncnn:dejpeg-colour"):
        yield from ((name, "jpeg", {"quality": quality}) for quality in (10, 30, 70))
    for name in ("edsr:luma-x2", "span:luma-x2", "espcn:luma-x2", "edsr:real-x2"):
        yield f"super-resolution/{name}", "bicubic", {"scale": 2}
    yield "super-resolution/edsr:luma-x4", "bicubic", {"scale": 4}
    yield "super-resolution/edsr:real-x2", "real-world", {"scale": 2}
    yield "classical/bicubic", "bicubic", {"scale": 2}
    for name in DEBLURRERS:
        yield name, "camera-shake", {"length": [6.0, 20.0], "noise": LEVEL}
        yield name, "defocus-blur", {"radius": [2.0, 3.0], "noise": LEVEL, "transfer": "srgb"}


def observed(path: Path, degrader: str, config: Mapping[str, Any], seed: int) -> tuple[Tensor, Observation]:
    """The crop's middle, degraded and stored in 8 bit, as 1,C,h,w; and the observation."""
    clean, side = read_clean(path, "rgb"), SIDE * int(config.get("scale", 1))
    top, left = (max(0, (length - side) // 2) for length in clean.shape[-2:])
    clean = clean[..., top : top + side, left : left + side]
    clean = clean[..., : clean.shape[-2] // 4 * 4, : clean.shape[-1] // 4 * 4]
    made = installed().create("degraders", f"degradations/{degrader}", config)
    seen: Observation = made(clean, torch.Generator().manual_seed(seed))
    _, channels, height, width = seen.degraded.shape
    like = Picture(pixels=np.zeros((height, width, channels), np.uint8))
    return to_tensor(from_tensor(seen.degraded, like)), seen


def compared(loaded: Restorer, degraded: Tensor, seen: Observation, *, told: bool) -> Iterator[Any]:
    """The estimate, its seconds, and a function that compares an estimate with the input."""
    from burnish.inference.pictures import with_sigma

    known = {name: value for name, value in seen.conditions.items() if name in {"sigma", "kernel"}}
    if not told and "kernel" not in known:
        known = dict(with_sigma(loaded, degraded, {})[0])
    curve = transfer_named(seen.transfer) if isinstance(seen.transfer, str) else None
    begun = time.perf_counter()
    yield restore(loaded, degraded, known, RestoreOptions(transfer=curve))
    yield time.perf_counter() - begun
    again = known_degradation(loaded, known, curve_of_model(loaded, curve))
    assert again is not None
    yield lambda estimate: consistency(degraded, estimate, again, known, slack=slack(loaded))


def rates(data: Path, count: int, sets: Sequence[str]) -> None:
    """False alarms."""
    print("| restorer | degradation | set | warned | largest excess | time |\n|---|---|---|---|---|---|")
    total, alarms = dict.fromkeys(sets, 0), dict.fromkeys(sets, 0)
    for name, degrader, config in tried():
        loaded = load_restorer(name, {"scale": 2} if name == "classical/bicubic" else {}, device="cpu")
        for folder in sets:
            paths = list_pictures(data / folder)
            worst, spent, took = [], 0.0, 0.0
            for seed, path in enumerate(paths[:: max(1, len(paths) // count)][:count]):
                degraded, seen = observed(path, degrader, config, seed)
                estimate, seconds, check = compared(loaded, degraded, seen, told=seed % 2 == 0)
                begun = time.perf_counter()
                found = check(estimate)
                spent, took = spent + time.perf_counter() - begun, took + seconds
                worst.append(found.worst)
            warned = sum(one > 1.0 for one in worst)
            if name != "classical/median":
                total[folder], alarms[folder] = total[folder] + len(worst), alarms[folder] + warned
            words = ", ".join(f"{key} {value}" for key, value in config.items())
            figures = f"{warned} of {len(worst)} | {max(worst):.2f} | {100 * spent / took:.1f} %"
            print(f"| {name} | {degrader} ({words}) | {folder} | {figures} |", flush=True)
    for folder in sets:
        print(f"{folder}: {alarms[folder]} of {total[folder]} (without classical/median)")


def tampered(estimate: Tensor, scale: int) -> dict[str, Tensor]:
    """The estimate with what is not in the input, by name."""
    rows, columns = (torch.arange(side) - side // 2 for side in estimate.shape[-2:])
    grains = torch.randn(1, 1, 20, 20, generator=torch.Generator().manual_seed(1))
    texture = functional.interpolate(grains, scale_factor=2 * scale)
    patch = functional.pad(texture, (32, estimate.shape[-1] - texture.shape[-1] - 32, 32, 0))
    patch = functional.pad(patch, (0, 0, 0, estimate.shape[-2] - patch.shape[-2]))

    def disc(level: float, radius: int) -> Tensor:
        inside = rows[:, None] ** 2 + columns**2 <= (scale * radius) ** 2
        sign = -1.0 if float(estimate[..., inside].mean()) > 0.5 else 1.0
        return estimate + sign * level / 255 * inside

    return {
        "nothing": estimate,
        "disc of 20 levels, radius 6": disc(20, 6),
        "disc of 40 levels, radius 4": disc(40, 4),
        "disc of 60 levels, radius 6": disc(60, 6),
        "shift by 1 pixel of the input": estimate.roll(scale, -1),
        "10 levels brighter": estimate + 10 / 255,
        "30 levels brighter": estimate + 30 / 255,
        "texture of σ 15, grains of 2 pixels of the input": estimate + 15 / 255 * patch,
        "texture of σ 40, grains of 2 pixels of the input": estimate + 40 / 255 * patch,
    }


def finds(data: Path, count: int) -> None:
    """What is found of what was changed."""
    chosen: list[Tried] = [
        ("cnn/ffdnet:colour", "gaussian-noise", {"sigma": 25 / 255}),
        ("cnn/ffdnet:colour", "gaussian-noise", {"sigma": 10 / 255}),
        ("super-resolution/espcn:luma-x2", "bicubic", {"scale": 2}),
        ("super-resolution/edsr:luma-x4", "bicubic", {"scale": 4}),
        ("deconvolution/wiener", "camera-shake", {"length": 12.0, "noise": 0.01}),
    ]
    paths = list_pictures(data / "test/CBSD68")[5 :: max(1, 68 // count)][:count]
    for name, degrader, config in chosen:
        loaded, found = load_restorer(name, device="cpu"), dict[str, list[float]]()
        for seed, path in enumerate(paths):
            degraded, seen = observed(path, degrader, config, seed)
            estimate, _, check = compared(loaded, degraded, seen, told=True)
            for change, made in tampered(estimate, loaded.scale).items():
                found.setdefault(change, []).append(check(made.clamp(0, 1)).worst)
        for change, worst in found.items():
            told = f"{sum(one > 1 for one in worst)} of {len(worst)} | {np.median(worst):.2f}"
            print(f"| {name} | {degrader} {config} | {change} | {told} |", flush=True)


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=6, help="pictures of each set")
    parser.add_argument("--sets", nargs="+", default=SETS, metavar="FOLDER", help="which sets")
    parser.add_argument("--tampered", action="store_true", help="what is found, instead of false alarms")
    arguments = parser.parse_args()
    if arguments.tampered:
        finds(arguments.data, arguments.count)
    else:
        rates(arguments.data, arguments.count, arguments.sets)


if __name__ == "__main__":
    main()
