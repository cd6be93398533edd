"""The images of one split of a recipe's dataset (train, validation), in each form that data come in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from burnish.data.hashing import data_hash, facts_hash
from burnish.data.items import Item, degraded_items, items, shot_items
from burnish.errors import DataError
from burnish.io import list_clips, list_pictures
from burnish.recipe.data import DataSettings


def split_items(split: Path, data: DataSettings, *, clips: bool = False) -> list[Item]:
    """What a split holds, sorted by name.

    Args:
        split: Its folder.
        data: How the folders below it are called.
        clips: Clean data are clips, folders of frames.

    Raises:
        DataError: A folder is missing or empty, or files have no partner; names them.
    """
    if data.form == "clean":
        listed = list_clips if clips else list_pictures
        return [Item(name=path.relative_to(split).as_posix(), clean=path) for path in listed(split)]
    if clips:
        raise DataError(
            f"{split}: {data.form} of clips cannot be trained on; give clips as clean data, with a degrader"
        )
    if data.form == "pairs":
        return items(split / data.clean, split / data.degraded)
    return degraded_items(split / data.degraded) if data.form == "noisy" else shot_items(split / data.shots)


def split_hashes(split: Path, data: DataSettings, found: list[Item]) -> Mapping[str, str]:
    """Name of the inner folder (empty for clean pictures) → hash of its pictures; ``NAME/*.json``: of the files beside
    those, which say what is known of them.

    Raises:
        DataError: A file cannot be read.
    """
    if data.form == "clean":
        return {"": data_hash(split)}
    hashes = {name: data_hash(split / name) for name in data.inner}
    known = facts_hash(found)
    return {**hashes, f"{data.inner[0]}/*.json": known} if known else hashes
