"""``burnish restore IN OUT`` without a restorer on thirty-six pictures: few of them were prepared: a page, and a table.

Run: python benchmarks/everyday.py --data DIR --out DIR

DIR holds deblur/lai_real, sr_real/ntire19, pairs/polyu, domain and test/Kodak. The output folder receives ``pictures``,
``restored`` and ``page.html`` with both. The table tells what was done, seconds for each megapixel, and the PSNR before
and after where the truth is known. Nothing is known of what is right for shaken photographs: look at the page.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from burnish.io import read_picture

SHAKEN = ("boat2", "family", "lion", "mukta", "pietro", "redtree", "street1", "toy")
NOISY = (
    "Canon5D2_5_200_3200_toy_1", "Canon80D_8_8_6400_comproom_11", "NikonD800_5-6_160_6400_wall_15",
    "NikonD800_8_100_6400_bulletin_3", "Sony_3-5_200_1600_classroom_10", "Sony_3-5_200_1600_classroom_13",
)  # fmt: skip
OTHERS = (
    "domain/driving/solidWhiteCurve.jpg", "domain/mri/lsq51_mag16.png", "domain/satellite/rasterio_RGB.byte.tif",
    "domain/xray/nih_00000001_000.png", "sr_real/ntire19/lr/cam1_09.png",
)  # fmt: skip
QUALITIES = (15, 25, 35, 45, 60)
LEVELS = (10, 25, 50, 10, 25, 50)
"""σ of 255 of the noise that is added, before 8 bits cut it off."""


def prepare(data: Path, folder: Path) -> Iterator[tuple[str, Path | None]]:
    """Fill the folder; give each picture's name, and the file that shows what is right, where there is one."""
    folder.mkdir(parents=True)

    def put(source: Path, name: str) -> str:
        shutil.copyfile(source, folder / name)
        return name

    for name in SHAKEN:
        yield put(data / f"deblur/lai_real/{name}.jpg", f"shaken-{name}.jpg"), None
    for name in NOISY:
        clean = next((data / "pairs/polyu/test/clean").glob(f"{name}.*"))
        yield put(data / f"pairs/polyu/test/noisy/{name}.jpg", f"noisy-{name}.jpg"), clean
    for name in OTHERS:
        source = data / name
        truth = data / "sr_real/ntire19/gt" / source.name
        yield put(source, f"{source.parents[0].name}-{source.name}"), truth if "ntire19" in name else None
    photographs = sorted((data / "test/Kodak").glob("*.png"))[:6]
    for path, quality in zip(photographs, QUALITIES, strict=False):
        made = folder / f"jpeg{quality}-{path.stem}.jpg"
        cv2.imwrite(str(made), cv2.imread(str(path)), [cv2.IMWRITE_JPEG_QUALITY, quality])
        yield made.name, path
    draw = np.random.default_rng(0)
    for path, level in zip(photographs, LEVELS, strict=True):
        values = cv2.imread(str(path)).astype(np.float64)
        made = folder / f"noise{level}-{path.stem}.png"
        cv2.imwrite(str(made), (values + draw.normal(0, level, values.shape)).clip(0, 255).round().astype(np.uint8))
        yield made.name, path
    for path in photographs:
        yield put(path, f"clean-{path.name}"), path


def main() -> None:
    """Prepare, restore as a user would, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="a folder that does not exist")
    arguments = parser.parse_args()
    truth = dict(prepare(arguments.data, arguments.out / "pictures"))
    inside, outside = arguments.out / "pictures", arguments.out / "restored"
    command = Path(sys.executable).parent / "burnish"
    shown = ["--compare", str(arguments.out / "page.html"), "--json"]
    told = subprocess.run([command, "restore", inside, outside, *shown], capture_output=True, text=True, check=True)
    for one in json.loads(told.stdout)["pictures"]:
        name = Path(one["source"]).name
        done = "; ".join(f"{step['task']} by {step['restorer']}" for step in one["steps"]) or "-"
        same = (inside / name).read_bytes() == (outside / name).read_bytes()
        seconds = one["seconds"] / one["megapixels"]
        figures = _figures(inside / name, outside / name, truth[name])
        doubt = ", doubtful" if one["doubtful"] else ""
        print(f"{name:<46}{seconds:6.1f} s/MP  {figures:<18}{'same file' if same else done}{doubt}")
        assert same or not name.startswith("clean"), f"{name}: a clean picture was changed"


def _figures(before: Path, after: Path, truth: Path | None) -> str:
    if truth is None:
        return ""
    right = read_picture(truth).pixels.astype(np.float64)
    errors = [np.mean((read_picture(path).pixels - right) ** 2) for path in (before, after)]
    return " → ".join("same" if error == 0 else f"{10 * np.log10(255**2 / error):.2f}" for error in errors) + " dB"


if __name__ == "__main__":
    main()
