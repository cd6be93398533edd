"""How a dataset's folders are called, and how that is recognised where no recipe says it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

from burnish.errors import DataError, UsageError
from burnish.io.formats.lookup import is_picture
from burnish.recipe.data import DataSettings, Form, form_of
from burnish.recipe.document import Recipe

SPLITS = ("train", "validation", "test")

DEGRADED_NAMES = ("noisy", "degraded", "noise", "low", "lq", "lr", "blur", "blurred", "blurry", "input", "raw")
CLEAN_NAMES = ("clean", "gt", "groundtruth", "ground-truth", "ground_truth", "high", "hq", "hr", "sharp", "target")
SHOT_NAMES = ("shots", "repeats", "bursts", "frames")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The folders below each split, as ``data`` of a recipe names them; none: the splits hold clean pictures."""

    degraded: str = ""
    clean: str = ""
    shots: str = ""
    match: Literal["none", "affine"] = "none"

    @classmethod
    def of(cls, data: DataSettings) -> Self:
        """That of a recipe."""
        return cls(degraded=data.degraded, clean=data.clean, shots=data.shots, match=data.match)

    @property
    def form(self) -> Form:
        """What the dataset holds."""
        return form_of(degraded=self.degraded, clean=self.clean, shots=self.shots)

    @property
    def inner(self) -> tuple[str, ...]:
        """The folders below each split that pictures are in; one without a name for clean pictures."""
        return tuple(filter(None, (self.degraded or self.shots, self.clean))) or ("",)

    def as_json(self) -> dict[str, str]:
        """The keys that are set, as a recipe would have them."""
        return {key: value for key, value in asdict(self).items() if value not in ("", "none")}

    def words(self) -> str:
        """The form in words."""
        wording = {
            "clean": "clean pictures",
            "pairs": f"pairs of {self.degraded}/ and {self.clean}/",
            "noisy": f"degraded pictures in {self.degraded}/",
            "shots": f"shots of scenes in {self.shots}/",
        }
        return wording[self.form]


def splits_of(recipe: Recipe) -> tuple[str, ...]:
    """The folders of a recipe's splits: of training, of validation, and of its benchmarks where they have that form."""
    data, layout = recipe.data, Layout.of(recipe.data)
    found = [data.train, *([data.validation] if data.validation else [])]
    for benchmark in recipe.benchmarks:
        folder = benchmark.shots or benchmark.degraded or benchmark.clean
        inner = layout.inner[0]
        if not inner and not benchmark.shots and not benchmark.degraded:
            found.append(folder)
        elif inner and folder.endswith(f"/{inner}"):
            found.append(folder.removesuffix(f"/{inner}"))
    return tuple(dict.fromkeys(found))


def recognise(root: Path, splits: Sequence[str] = SPLITS) -> Layout:
    """The layout of a dataset by the names of its folders.

    Raises:
        DataError: The folder is missing, or has neither splits nor folders of pairs.
        UsageError: The names leave it open; says which to give.
    """
    if not root.is_dir():
        fact = "is a file" if root.exists() else "is missing"
        raise DataError(f"{root}: {fact}; give the folder of a dataset, with {', '.join(f'{one}/' for one in splits)}")
    there = [split for split in splits if (root / split).is_dir()]
    if not there:
        if pair_folders(root) or has_pictures(root):
            raise DataError(
                f"{root}: has no {splits[0]}/; split it first: burnish data add {root.name} --split 80/10/10"
            )
        raise DataError(f"{root}: has none of {', '.join(f'{one}/' for one in splits)}; give the folder of a dataset")
    first = root / there[0]
    return layout_below(first)


def layout_below(folder: Path) -> Layout:
    """The layout of what is directly below one split.

    Raises:
        UsageError: Its folders have names that say nothing.
    """
    if (pair := pair_folders(folder)) is not None:
        return Layout(degraded=pair[0], clean=pair[1])
    if has_pictures(folder):
        return Layout()
    names = folder_names(folder)
    if (alone := _named(names, (*SHOT_NAMES, *DEGRADED_NAMES))) is not None:
        inner = folder / alone
        return Layout(degraded=alone) if has_pictures(inner) or not folder_names(inner) else Layout(shots=alone)
    if (clean := _named(names, CLEAN_NAMES)) is not None and len(names) > 1:
        others = ", ".join(f"{name}/" for name in names if name != clean)
        raise UsageError(f"{folder}: beside {clean}/ there is {others}; name the one of the degraded pictures noisy/")
    return Layout()


def pair_folders(folder: Path) -> tuple[str, str] | None:
    """The folders of degraded and of clean pictures that lie here, by their names; None: there are none."""
    names = folder_names(folder)
    degraded, clean = _named(names, DEGRADED_NAMES), _named(names, CLEAN_NAMES)
    return (degraded, clean) if degraded and clean else None


def folder_names(folder: Path) -> list[str]:
    """The folders directly here, sorted; hidden ones are left out."""
    with os.scandir(folder) as entries:
        return sorted(one.name for one in entries if one.is_dir() and not one.name.startswith("."))


def has_pictures(folder: Path) -> bool:
    """Whether a picture lies directly here."""
    with os.scandir(folder) as entries:
        return any(is_picture(one.name) and not one.name.startswith(".") for one in entries)


def _named(names: Iterable[str], known: Sequence[str]) -> str | None:
    """The first of the names that is known, in whatever case."""
    lower = {name.lower(): name for name in names}
    return next((lower[name] for name in known if name in lower), None)
