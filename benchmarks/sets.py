"""Arranges the public sets as the recipes in recipes/published expect them: `python benchmarks/sets.py DIR`.

DIR holds the sets by their usual names: ``train/BSD400`` (400 grey pictures), ``train/T91``, ``train/BSDS500_train``
(200 colour ones), ``video/udacity_solidWhiteRight.mp4``. Nothing is copied: ``sets/NAME/train`` and
``sets/NAME/validation`` hold links. Every 25th picture is kept for validation. Pictures that show what a test set shows
are left out: BSDS 302003 (the "woman" of Set5) and 12003 (the "starfish" of Set12), their crops in BSD400, and the one
that T91 holds twice. ``sets/clips`` is made: a camera that moves over each photograph, and where the video is there,
pieces of its first 150 frames. ``sets/bsd400-noisy`` is made: each picture of BSD400 once with Gaussian noise of
σ = 25/255, as float32 files, so that the noise is neither clipped nor rounded; ``sets/bsd400-shots``: twice, each time
with other noise. No clean picture is in either. ``sets/bsd400-pairs`` holds the same shots with their clean pictures.
``sets/open`` holds the photographs of ``train/open`` and of the demonstration that any use is allowed of, made smaller
by 2, so that their own JPEG does not show; ``sets/open-bsds500`` the same and BSDS500; ``sets/clips-open`` the clips of
those of ``sets/open`` that are large enough, and of the video.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterable
from pathlib import Path

import cv2
import torch
from burnish.io import Picture, read_clean, write_picture
from burnish.io.formats.video import read_video
from burnish_flows.data.sample import PHOTOGRAPHS, locate
from moving import MARGIN, sliding
from torch import Tensor

CLIP = (27, 128)
"""Frames of a clip, and their side in pixels."""
WIDE = CLIP[1] + MARGIN
"""The least side of a photograph that a camera moves over, in pixels."""
SEEN = 150
"""Frames of the video that are trained on; the others stay unseen."""

WATERMARK = 90
"""Rows at the top of the road pictures."""

SIGMA = 25 / 255
"""Of the noisy shots."""
OVERLAPS = {"302003.jpg", "12003.jpg", "test_135.png", "test_020.png", "t65.png"}
SUFFIXES = {".png", ".jpg", ".bmp"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, default=Path("sets"))
    arguments = parser.parse_args()
    bsd400, t91, bsds = (pictures(arguments.folder / "train" / name) for name in ("BSD400", "T91", "BSDS500_train"))
    arrange(arguments.out / "bsd400", kept_for_validation=bsd400)
    arrange(arguments.out / "bsds500", kept_for_validation=bsds)
    arrange(arguments.out / "t91-bsds500", t91, kept_for_validation=bsds)
    shoot(arguments.out / "bsd400-noisy", bsd400, shots=1)
    shoot(arguments.out / "bsd400-shots", bsd400, shots=2)
    pair(arguments.out / "bsd400-pairs", arguments.out / "bsd400-shots", bsd400)
    free = halved(arguments.out / "open-halved", arguments.folder / "train" / "open")
    arrange(arguments.out / "open", kept_for_validation=free)
    arrange(arguments.out / "open-bsds500", bsds, kept_for_validation=free)
    video = arguments.folder / "video" / "udacity_solidWhiteRight.mp4"
    film(arguments.out / "clips", bsds, video)
    film(
        arguments.out / "clips-open", [path for path in free if min(read_clean(path, "rgb").shape[-2:]) >= WIDE], video
    )


def pictures(folder: Path) -> list[Path]:
    """The set's pictures in the order of their names, without the overlaps."""
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.name not in OVERLAPS)


def halved(out: Path, photographs: Path) -> list[Path]:
    """PNG files of half the height and width, by the mean of each 2×2 pixels; road pictures without their watermark."""
    sample = [locate(one) for one in PHOTOGRAPHS if one.split == "train"]
    for path in [*(pictures(photographs) if photographs.is_dir() else []), *sample]:
        target = out / f"{path.stem}.png"
        if not target.exists():
            pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if pixels is None:
                raise ValueError(f"{path}: OpenCV cannot read it")
            pixels = pixels[WATERMARK if path.name.startswith("road_") else 0 :]
            height, width = (side // 2 for side in pixels.shape[:2])
            target.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(
                str(target),
                cv2.resize(pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA),
            )
    return pictures(out)


def arrange(out: Path, train: Iterable[Path] = (), *, kept_for_validation: list[Path]) -> None:
    """Link every 25th picture of one set below ``validation``, all others below ``train``."""
    validation = kept_for_validation[24::25]
    link(out / "validation", validation)
    link(out / "train", [*train, *(path for path in kept_for_validation if path not in validation)])
    print(f"{out}: {len(list((out / 'train').iterdir()))} to train on, {len(validation)} to validate")


def shoot(out: Path, clean: list[Path], *, shots: int) -> None:
    """Write noisy shots of each picture, every 25th for validation: ``noisy/x.tif``, of several ``noisy/x/1.tif``."""
    if out.exists():
        return
    for index, path in enumerate(clean):
        folder = out / ("validation" if index % 25 == 24 else "train") / "noisy"
        generator = torch.Generator().manual_seed(index)
        picture = read_clean(path, "grey")[0].permute(1, 2, 0)
        for shot in range(1, shots + 1):
            noisy = picture + SIGMA * torch.randn(picture.shape, generator=generator)
            file = folder / (f"{path.stem}.tif" if shots == 1 else f"{path.stem}/{shot}.tif")
            file.parent.mkdir(parents=True, exist_ok=True)
            write_picture(file, Picture(pixels=noisy.contiguous().numpy()))
    print(f"{out}: {len(clean)} pictures, {shots} with noise of each")


def pair(out: Path, shots: Path, clean: list[Path]) -> None:
    """Link every shot and its clean picture under one name: ``noisy/x-1.tif``, ``clean/x-1.png``."""
    originals = {path.stem: path for path in clean}
    for shot in sorted(shots.glob("*/noisy/*/*.tif")):
        original = originals[shot.parent.name]
        folder, name = out / shot.relative_to(shots).parts[0], f"{original.stem}-{shot.stem}"
        link(folder / "noisy", [shot], f"{name}.tif")
        link(folder / "clean", [original], f"{name}{original.suffix}")


def film(out: Path, photographs: list[Path], video: Path) -> None:
    """Write clips as folders of frames, every 25th for validation; done before: nothing."""
    if out.exists():
        return
    clips = itertools.chain(slid(photographs), pieces(video) if video.exists() else ())
    for index, (name, clip) in enumerate(clips):
        folder = out / ("validation" if index % 25 == 24 else "train") / name
        folder.mkdir(parents=True)
        for number, frame in enumerate(clip):
            pixels = frame.flip(0).permute(1, 2, 0).mul(255.0).add(0.5).byte().numpy()
            cv2.imwrite(str(folder / f"{number:03}.png"), pixels)
    print(f"{out}: {len(list((out / 'train').iterdir()))} clips to train on")


def slid(photographs: list[Path]) -> Iterable[tuple[str, Tensor]]:
    """A moving camera's clip of each photograph; T,C,H,W."""
    frames, side = CLIP
    for index, path in enumerate(photographs):
        generator = torch.Generator().manual_seed(index)
        yield path.stem, sliding([read_clean(path, "rgb")], 1, frames, side, generator)[0]


def pieces(video: Path) -> Iterable[tuple[str, Tensor]]:
    """Eight clips from each stretch of the video, from different places of the picture; T,C,H,W."""
    frames, side = CLIP
    seen = torch.cat(list(itertools.islice(read_video(video), SEEN)))
    height, width = seen.shape[-2:]
    generator = torch.Generator().manual_seed(0)
    for first in range(0, SEEN - frames + 1, frames):
        for place in range(8):
            y, x = (int(torch.randint(extent - side + 1, (), generator=generator)) for extent in (height, width))
            yield f"{video.stem}-{first:03}-{place}", seen[first : first + frames, :, y : y + side, x : x + side]


def link(folder: Path, paths: Iterable[Path], name: str = "") -> None:
    """Link the files into the folder, under their own names or ``name``; done before: nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        target = folder / (name or path.name)
        if not target.exists():
            target.symlink_to(path.resolve())


if __name__ == "__main__":
    main()
