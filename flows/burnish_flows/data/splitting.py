"""A flat folder of pictures, pairs or scenes, split into train, validation and test: planned first, then moved."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.data.scenes import scenes_by, scenes_of
from burnish.errors import DataError, UsageError

if TYPE_CHECKING:
    from burnish.data.checking.listing import Image

SPLITS = ("train", "validation", "test")
"""The folders that are made."""

Shares = tuple[int, int, int]
"""Percent of the images in each."""


@dataclass(frozen=True, kw_only=True)
class SplitPlan:
    """Which file goes where."""

    folder: Path
    form: str
    """In words: what the folder holds."""
    moves: tuple[tuple[Path, Path], ...]
    """Pictures with what is known of them: from, to."""
    copies: tuple[tuple[Path, Path], ...]
    """What is known of all pictures of a folder, which each split receives: from, to."""
    images: Mapping[str, int]
    """Split → pictures, pairs or scenes."""
    scenes: int
    """Groups that were kept together; 0: each image went by itself."""

    def as_json(self) -> dict[str, object]:
        """This record as plain JSON values."""
        moves = {self._name(old): self._name(new) for old, new in self.moves}
        copies = {self._name(new): self._name(old) for old, new in self.copies}
        return {
            "form": self.form, "images": dict(self.images), "scenes": self.scenes, "moves": moves, "copies": copies,
        }  # fmt: skip

    def lines(self) -> list[str]:
        """Every move in words."""
        return [f"{self._name(old)} -> {self._name(new)}" for old, new in (*self.moves, *self.copies)]

    def _name(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.folder)).as_posix()


def plan(folder: Path, shares: Shares, by: str = "") -> SplitPlan:
    """Decide by the names alone; moves nothing. Equal names and shares give the equal plan.

    The images of one scene go into one split. Test and validation take scenes in the order of a hash of their names,
    as many as come nearest to their share and at least one; the rest is for training.

    Args:
        folder: Pictures directly below, or folders of pairs, of degraded pictures, or of shots.
        shares: Percent for train, validation and test.
        by: A regular expression with one group that names the scene; empty: where the names tell scenes clearly, by
            the part before their last separator. The shots of one folder are a scene anyway.

    Raises:
        DataError: It is split already, holds no pictures, or files have no partner.
        UsageError: The expression does not fit, or there are too few scenes.
    """
    images, form, shots = _images(folder)
    names = [image.name for image in images]
    grouped = scenes_by(names, by) if by else None if shots else scenes_of(names)
    scene_of = grouped or {name: name for name in names}
    split_of = _assign(Counter(scene_of.values()), shares)
    moves, copies = [], []
    for image in images:
        target = folder / split_of[scene_of[image.name]]
        moves += [(path, target / path.relative_to(folder)) for path in _files(image)]
        copies += _shared(image, folder, target)
    counts = Counter(split_of[scene_of[name]] for name in names)
    return SplitPlan(
        folder=folder,
        form=form,
        moves=tuple(dict.fromkeys(moves)),
        copies=tuple(dict.fromkeys(copies)),
        images={split: counts[split] for split in SPLITS},
        scenes=len(set(scene_of.values())) if grouped else 0,
    )


def apply(plan: SplitPlan) -> None:
    """Copy and move the files; where one cannot be moved, those before it are moved back.

    Raises:
        DataError: One cannot be copied or moved.
    """
    done: list[tuple[Path, Path]] = []
    copied: list[Path] = []
    file = plan.folder
    try:
        for file, new in plan.copies:
            new.parent.mkdir(parents=True, exist_ok=True)
            copied.append(new)
            shutil.copyfile(file, new)
        for file, new in plan.moves:
            new.parent.mkdir(parents=True, exist_ok=True)
            file.rename(new)
            done.append((file, new))
    except OSError as error:
        for old, new in reversed(done):
            new.rename(old)
        for new in copied:
            new.unlink(missing_ok=True)
        for _, new in (*plan.copies, *plan.moves):
            _remove_empty(new.parent, plan.folder)
        raise DataError(
            f"{file}: cannot be moved ({error.strerror}); nothing was changed, check the folder's permissions"
        ) from error
    inner = {old for old, _ in plan.copies if old.is_relative_to(plan.folder)}
    for old in inner:
        old.unlink(missing_ok=True)
    for emptied in sorted({old.parent for old, _ in plan.moves} | {old.parent for old in inner}, reverse=True):
        _remove_empty(emptied, plan.folder)


def parse_shares(text: str) -> Shares:
    """``80/10/10`` as three whole numbers.

    Raises:
        UsageError: They are not three positive numbers that add up to 100.
    """
    parts = text.split("/")
    numbers = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) <= 3]
    if len(numbers) != 3 or len(parts) != 3 or min(numbers) < 1 or sum(numbers) != 100:
        raise UsageError(f"--split {text}: give percent for train, validation and test that add up to 100, as 80/10/10")
    return numbers[0], numbers[1], numbers[2]


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder with nothing in it, and those above it that are empty then, below ``top``."""
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _images(folder: Path) -> tuple[list[Image], str, bool]:
    """What is in a flat folder, in words what that is, and whether scenes are folders."""
    from burnish.data.checking.layout import Layout, has_pictures, layout_below
    from burnish.data.checking.listing import list_images

    if not folder.is_dir():
        raise DataError(f"{folder}: is not a folder; give a folder of pictures")
    if there := [split for split in SPLITS if (folder / split).exists()]:
        raise DataError(f"{folder}: is split already ({there[0]}/ is there); leave --split out")
    layout = Layout() if has_pictures(folder) else layout_below(folder)
    listing = list_images(folder.parent, layout, (folder.name,))
    wrong = [one for one in listing.findings if one.severity == "error" and one.kind != "one-shot"]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise DataError(f"{folder.parent / wrong[0].path}: {wrong[0].fact}; {wrong[0].mend}{more}")
    return list(listing.images), layout.words(), layout.form == "shots"


def _files(image: Image) -> list[Path]:
    """All files that belong to an image alone: its pictures, and what is known of them; of shots also of the scene."""
    from burnish.data.checking.sidecars import sidecars_of

    scene = [image.shots[0].parent] if image.shots else []
    return list(dict.fromkeys([*image.files, *sidecars_of([*image.files, *scene])]))


def _shared(image: Image, folder: Path, target: Path) -> list[tuple[Path, Path]]:
    """The files that say what is known of all pictures in an image's folder, and where the split needs a copy."""
    from burnish.data.checking.sidecars import sidecars_of

    if image.shots:
        return []
    found = []
    for parent in dict.fromkeys(picture.parent for picture in image.files):
        home = target / parent.relative_to(folder)
        for file in sidecars_of([parent]):
            found.append((file, home.parent / f"{home.name}{file.name.removeprefix(parent.name)}"))
    return found


def _assign(sizes: Mapping[str, int], shares: Shares) -> dict[str, str]:
    """Scene → split."""
    if len(sizes) < len(SPLITS):
        what = "scene" if len(sizes) == 1 else "scenes"
        raise UsageError(
            f"there are {len(sizes)} {what}; give at least {len(SPLITS)}, one for each split, or other --by"
        )
    total = sum(sizes.values())
    waiting = sorted(sizes, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    split_of: dict[str, str] = {}
    for split, share, kept in ((SPLITS[2], shares[2], 2), (SPLITS[1], shares[1], 1)):
        chosen = _nearest(waiting, sizes, total * share / 100, kept)
        split_of |= dict.fromkeys(chosen, split)
        waiting = [name for name in waiting if name not in split_of]
    return {**split_of, **dict.fromkeys(waiting, SPLITS[0])}


def _nearest(waiting: Sequence[str], sizes: Mapping[str, int], wanted: float, kept: int) -> list[str]:
    """Scenes in their order, each taken if the number comes nearer to what is wanted; at least the smallest one, and
    not the last ``kept`` ones.
    """
    chosen: list[str] = []
    taken = 0
    for name in waiting[: len(waiting) - kept]:
        if abs(taken + sizes[name] - wanted) < abs(taken - wanted):
            chosen.append(name)
            taken += sizes[name]
    return chosen or [min(waiting, key=lambda name: sizes[name])]
