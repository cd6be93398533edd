"""The output file of each picture, for every command that turns pictures into pictures."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from burnish.errors import DataError, UsageError
from burnish.io.atomic import refuse_special
from burnish.io.folders import list_pictures
from burnish.io.formats.lookup import is_picture, suffixes

_NONE: Mapping[str, str] = MappingProxyType({})


def output_pairs(source: Path, target: Path, *, renamed: Mapping[str, str] = _NONE) -> list[tuple[Path, Path]]:
    """Input and output files: one pair for a picture, or for each picture of a folder, whose structure is kept.

    Args:
        source: A picture, or a folder of pictures; those that lie in ``target`` are left out.
        target: For a picture: the file to write, or an existing folder for a file of the same name. For a folder: a
            folder, which need not exist.
        renamed: Of a folder, lower-case suffix → suffix to write instead.

    Raises:
        DataError: ``source`` is missing, or holds no picture.
        UsageError: ``target`` is ``source``, a file where a folder is due, or of a suffix that is not written; all
            pictures lie in ``target``; or as ``check_pairs``.
    """
    if not source.exists():
        raise DataError(f"{source}: is missing; give a picture or a folder of pictures")
    if not source.is_dir():
        output = target / source.name if target.is_dir() else target
        check_pairs([(source, output)])
        if not is_picture(output):
            raise UsageError(f"{output}: its suffix is not that of a format; use one of {' '.join(suffixes())}")
        return [(source, output)]
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target}: is a file, but {source} is a folder; give a folder")
    refuse_same(source, target)
    found = outside(list_pictures(source), target)
    pairs = _mirrored(found, source, target, renamed)
    check_pairs(pairs)
    return pairs


def placed(
    sources: Sequence[Path], folder: Path, suffix: Callable[[Path], str] = lambda path: path.suffix
) -> list[tuple[Path, Path]]:
    """Each of several inputs with its place in a folder: its own name there.

    Args:
        sources: Pictures, videos, or folders.
        folder: Need not exist.
        suffix: What a file's name ends with there.

    Raises:
        DataError: A source is missing.
        UsageError: ``folder`` is none, or has a picture's suffix.
    """
    if missing := [path for path in sources if not path.exists()]:
        raise DataError(f"{missing[0]}: is missing; give pictures or folders of pictures")
    if not folder.is_dir() and (folder.exists() or is_picture(folder)):
        raise UsageError(f"{folder}: is not a folder; several inputs need an output folder as the last argument")
    found = []
    for path in sources:
        place = folder / path.resolve().name
        found.append((path, place if path.is_dir() else place.with_suffix(suffix(path))))
    return found


def outside(found: list[Path], target: Path) -> list[Path]:
    """The pictures that are not in ``target``, where an earlier run may have written them.

    Raises:
        UsageError: All do.
    """
    inside = _place(target)
    others = [path for path in found if not path.resolve().is_relative_to(inside)]
    if not others:
        raise UsageError(f"{found[0].parent}: all its pictures are in {target}; give an output folder next to them")
    return others


def _mirrored(found: list[Path], source: Path, target: Path, renamed: Mapping[str, str]) -> list[tuple[Path, Path]]:
    pairs = []
    for path in found:
        output = target / path.relative_to(source)
        pairs.append((path, output.with_suffix(renamed.get(output.suffix.lower(), output.suffix))))
    return pairs


def check_pairs(pairs: Sequence[tuple[Path, Path]], *, inputs: Iterable[Path] = ()) -> None:
    """Refuse outputs that would overwrite an input (by any link or name), another output, a pipe or a device.

    Every command that writes files made of files calls this first.

    Args:
        pairs: What becomes which file or folder.
        inputs: Other files that are read.

    Raises:
        UsageError: An output is an input; or no regular file; or two would become one.
    """
    read = {found: path for path in (*inputs, *(source for source, _ in pairs)) if (found := _identity(path))}
    taken: dict[str, tuple[Path, Path]] = {}
    for source, target in pairs:
        refuse_special(target)
        if (found := _identity(target)) in read:
            same = "the input itself" if read[found] == source else f"the input {read[found]}"
            raise UsageError(f"{target}: is {same}, which is never overwritten; choose another output")
        place = _place(target)
        other = taken.setdefault(unicodedata.normalize("NFC", str(place)).casefold(), (source, place))
        if other[0] != source and (other[1] == place or _ignores_case(place)):
            raise UsageError(f"{source} and {other[0]} would both become {place.name}; rename one")


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode number, which identify a file or folder under all its names; None if it does not exist."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _place(target: Path) -> Path:
    """The path that is really written, with links resolved."""
    try:
        return target.resolve()
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{target}: is a broken link ({error}); choose another output") from error


def _ignores_case(place: Path) -> bool:
    """Whether the file system at that path ignores case in names."""
    for folder in place.parents:
        other = folder.name.swapcase()
        if other != folder.name and folder.exists():
            return _identity(folder) == _identity(folder.with_name(other))
    return False


def refuse_same(source: Path, target: Path) -> None:
    """Refuse to overwrite an input.

    Raises:
        UsageError: ``target`` is ``source``.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: is the input itself, which is never overwritten; choose another output")
