"""Arranges the public sets as the recipes in recipes/published expect them: `python benchmarks/sets.py DIR`.

DIR holds the sets by their usual names: ``train/BSD400`` (400 grey pictures), ``train/T91``, ``train/BSDS500_train``
(200 colour ones). Nothing is copied: ``sets/NAME/train`` and ``sets/NAME/validation`` hold links. Every 25th picture is
kept for validation. Pictures that show what a test set shows are left out: BSDS 302003 (the "woman" of Set5) and 12003
(the "starfish" of Set12), their crops in BSD400, and the one that T91 holds twice.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

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


def pictures(folder: Path) -> list[Path]:
    """The set's pictures in the order of their names, without the overlaps."""
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.name not in OVERLAPS)


def arrange(out: Path, train: Iterable[Path] = (), *, kept_for_validation: list[Path]) -> None:
    """Link every 25th picture of one set below ``validation``, all others below ``train``."""
    validation = kept_for_validation[24::25]
    link(out / "validation", validation)
    link(out / "train", [*train, *(path for path in kept_for_validation if path not in validation)])
    print(f"{out}: {len(list((out / 'train').iterdir()))} to train on, {len(validation)} to validate")


def link(folder: Path, paths: Iterable[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        target = folder / path.name
        if not target.exists():
            target.symlink_to(path.resolve())


if __name__ == "__main__":
    main()
