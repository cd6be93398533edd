"""Coverage of intervals of clips: makes clips that no shipped weights saw, and judges a calibration by others.

``make``: a camera that moves over photographs (CBSD68, Kodak, PolyU's clean ones, train/open), one clip of 25 frames of
each, in OUT/camera; pieces of real clips (Vid4's city, Sintel, the road after the frames that were trained on) in
OUT/city, OUT/sintel, OUT/road. ``judge``: the coverage of a bundle's intervals on clips. Between the two

    burnish calibrate --restorer rnn/recurrent-deblur:moving-camera --clean OUT/camera --degrader frame-average
        --degrader-set window=5 --degrader-set noise=[0,0.01] --confidence 0 --out BUNDLE

makes the bundle, and tells how promises do on halves. PolyU and train/open show some scenes several times; halves
that share scenes look better than they are.

Run: python benchmarks/unseen_clips.py make DIR --out OUT
     python benchmarks/unseen_clips.py judge --bundle BUNDLE OUT/city OUT/sintel OUT/road
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import torch
from burnish.data.items import items
from burnish.evaluation.benchmarks.degraded_inputs import observe
from burnish.inference import load_bundle, restore
from burnish.io import from_tensor, list_frames, read_clean, write_picture
from burnish.io.formats.video import read_video
from burnish.io.picture import Picture
from burnish.plugins.catalog import installed
from burnish.protocols import Degrader
from burnish.restorer.options import RestoreOptions
from burnish.uncertainty.interval import interval_of
from moving import MARGIN, sliding
from torch import Tensor
from torch.nn import functional

FRAMES, SIDE = 25, 128
SEEN, WATERMARK = 150, 90
"""As in ``sets.py``: frames of the road that were trained on, and rows at the top of the road pictures."""
SMALLER = {"road": 2, "unsplash": 4, "grocery": 1}
COVERAGES = (0.8, 0.9, 0.95)


def photographs(data: Path) -> Iterator[tuple[str, Tensor]]:
    """Name and 1,C,H,W of each; those of train/open made smaller, so that their own JPEG shows less."""
    for place in ("test/CBSD68", "test/Kodak"):
        for path in sorted((data / place).iterdir()):
            yield path.stem, read_clean(path, "rgb")
    for path in sorted(path for path in (data / "pairs/polyu").rglob("*") if path.parent.name == "clean"):
        yield path.stem, read_clean(path, "rgb")
    for path in sorted((data / "train/open").iterdir()):
        kind = path.name.split("_")[0]
        if kind in SMALLER:
            whole = read_clean(path, "rgb")[..., WATERMARK if kind == "road" else 0 :, :]
            yield path.stem, functional.avg_pool2d(whole, SMALLER[kind])


def pieces(clip: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Pieces of SIDE×SIDE of every FRAMES frames of T,C,H,W."""
    for first in range(0, len(clip), FRAMES):
        part = clip[first : first + FRAMES]
        for top, left in itertools.product(*(range(0, side - SIDE + 1, SIDE) for side in clip.shape[-2:])):
            if len(part) >= 5:
                yield f"{first}-{top}-{left}", part[..., top : top + SIDE, left : left + SIDE]


def write(folder: Path, clip: Tensor) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    like = Picture(pixels=torch.zeros(SIDE, SIDE, 3, dtype=torch.uint8).numpy())
    for index, frame in enumerate(clip):
        write_picture(folder / f"{index:03}.png", from_tensor(frame[None], like))


def make(data: Path, out: Path) -> None:
    for index, (name, photograph) in enumerate(photographs(data)):
        if min(photograph.shape[-2:]) >= SIDE + MARGIN:
            generator = torch.Generator().manual_seed(1000 + index)
            write(out / "camera" / name, sliding([photograph], 1, FRAMES, SIDE, generator)[0])
    video = data / "video"
    real = {
        name: torch.cat([read_clean(path, "rgb") for path in list_frames(video / folder)])
        for name, folder in (("city", "vid4_city"), ("sintel", "sintel_raft_demo"))
    }
    real["road"] = torch.cat(list(itertools.islice(read_video(video / "udacity_solidWhiteRight.mp4"), SEEN, None)))
    for name, clip in real.items():
        for piece, part in pieces(clip):
            write(out / name / piece, part)


def judge(bundle: Path, folders: list[Path]) -> None:
    loaded, options = load_bundle(bundle, device="cpu"), RestoreOptions(engine="eager", precision="fp32")
    config = {"window": 5, "noise": [0.0, 0.01]}
    degrader = cast(Degrader, installed().create("degraders", "degradations/frame-average", config))
    print("".join(f"{word:>10}" for word in ("", "clips", *COVERAGES)))
    for folder in folders:
        found = []
        for item in items(folder, frames="both"):
            seen = observe(item, degrader=degrader, colour="rgb", seed=0, scale=1)
            estimate = restore(loaded, seen.degraded, seen.conditions, options)
            row = [interval_of(loaded, seen.degraded, estimate, part, lambda other: other) for part in COVERAGES]
            found.append([float(((one.low <= seen.target) & (seen.target <= one.high)).float().mean()) for one in row])
        means = torch.tensor(found).mean(dim=0)
        print(f"{folder.name:>10}{len(found):>10}" + "".join(f"{float(mean):>10.3f}" for mean in means), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "judge"])
    parser.add_argument("folders", type=Path, nargs="+", help="of the public sets; of clips")
    parser.add_argument("--out", type=Path, default=Path("clips"))
    parser.add_argument("--bundle", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.what == "make":
        make(arguments.folders[0], arguments.out)
    else:
        judge(arguments.bundle, arguments.folders)


if __name__ == "__main__":
    main()
