"""The pictures of a benchmark: their names, which degraded file belongs to which clean one, and the hash over all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from burnish.errors import DataError
from burnish.imaging import list_pictures


@dataclass(frozen=True, kw_only=True)
class Item:
    """One clean picture, and the degraded one where there is such a folder."""

    name: str
    """Path relative to the clean folder, with forward slashes; the key of every score."""
    clean: Path
    degraded: Path | None = None


def items(clean: Path, degraded: Path | None = None) -> list[Item]:
    """The pictures of a folder (or the one file), sorted by name, each with its degraded file where a folder is given.

    A degraded file belongs to the clean one of the same relative name, whatever its suffix.

    Raises:
        DataError: A folder is missing or has no pictures, or the two do not match one to one; names the odd ones.
    """
    named = _named(clean)
    if degraded is None:
        return [Item(name=name, clean=path) for name, path in named.items()]
    if clean.is_file() and degraded.is_file():
        return [Item(name=clean.name, clean=clean, degraded=degraded)]
    others = _named(degraded)
    by_stem = _by_stem(others, degraded)
    found = {name: others.get(name) or by_stem.get(_stem(name)) for name in named}
    missing = [name for name, path in found.items() if path is None]
    spare = sorted(set(others.values()) - {path for path in found.values() if path is not None})
    if missing or spare:
        facts = []
        if missing:
            facts.append(f"{len(missing)} clean pictures have no degraded one (first: {missing[0]})")
        if spare:
            facts.append(f"{len(spare)} degraded pictures have no clean one (first: {spare[0].relative_to(degraded)})")
        raise DataError(f"{degraded}: {' and '.join(facts)}; name each pair alike")
    return [Item(name=name, clean=named[name], degraded=path) for name, path in found.items()]


def data_hash(folder: Path) -> str:
    """sha256 over the relative names and the bytes of a folder's pictures (or of one file), in the order of names.

    Raises:
        DataError: The folder is missing, has no pictures, or one cannot be read.
    """
    total = hashlib.sha256()
    for name, path in _named(folder).items():
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
        total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()


def _named(folder: Path) -> dict[str, Path]:
    """Relative name → path, sorted by name."""
    if folder.is_file():
        return {folder.name: folder}
    return {path.relative_to(folder).as_posix(): path for path in sorted(list_pictures(folder))}


def _by_stem(named: dict[str, Path], folder: Path) -> dict[str, Path]:
    stems: dict[str, Path] = {}
    for name, path in named.items():
        if _stem(name) in stems:
            other = stems[_stem(name)].name
            raise DataError(f"{folder}: {path.name} and {other} differ in their suffix only; keep one of them")
        stems[_stem(name)] = path
    return stems


def _stem(name: str) -> str:
    return str(Path(name).with_suffix(""))
