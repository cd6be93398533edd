"""Seconds of every degrader beside the camera shake: training batches of patches, and one picture of 0.4 megapixels.

Run: python benchmarks/degradations.py
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import DegraderSpec
from pairing import compare

SETTINGS: dict[str, dict[str, Any]] = {
    "camera-shake": {},
    "gaussian-noise": {},
    "sensor-noise": {},
    "gaussian-blur": {},
    "varying-blur": {},
    "varying-blur, defocus": {"cause": "defocus"},
    "moving-object": {},
    "bicubic": {},
    "jpeg": {},
    "real-world": {},
    "burst": {"frames": 5},
    "burst, ×2": {"frames": 5, "scale": 2},
    "burst, rotation": {"frames": 5, "rotation": 1.0},
    "frame-average": {},
    "rolling-shutter": {},
    "per-frame": {},
}
"""Degrader, with what is set about it, → its settings."""


def main() -> None:
    torch.set_num_threads(1)
    for title, pictures, size in (("patches of 96²", 16, (96, 96)), ("one picture of 512×768", 1, (512, 768))):
        print(f"\n{title}: {pictures} for single pictures, {max(pictures // 4, 1)} for bursts of 5 and clips of 9")
        compare({name: _call(name, config, pictures, size) for name, config in SETTINGS.items()}, rounds=5)


def _call(name: str, config: dict[str, Any], pictures: int, size: tuple[int, int]) -> partial[Any]:
    entry = installed().get("degraders", f"degradations/{name.partition(',')[0]}")
    assert isinstance(entry.spec, DegraderSpec)
    many = max(pictures // 4, 1)
    frames = {"single": (pictures, 3), "burst": (many, 3), "video": (many, 9, 3)}[entry.spec.temporal]
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(*frames, *size, generator=generator)
    return partial(installed().create("degraders", entry.id, config), clean, generator)


if __name__ == "__main__":
    main()
