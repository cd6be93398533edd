"""Which picture becomes which file, for every command that makes pictures of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from burnish.errors import DataError, UsageError
from burnish.imaging.files import SUFFIXES
from burnish.imaging.folders import list_pictures

_NONE: Mapping[str, str] = MappingProxyType({})


def output_pairs(source: Path, target: Path, *, renamed: Mapping[str, str] = _NONE) -> list[tuple[Path, Path]]:
    """Input and output files: one pair for a picture, one for each picture of a folder, its structure kept.

    Args:
        source: A picture, or a folder of pictures; those that lie in ``target`` are left out.
        target: For a picture: the file to write, or an existing folder for a file of the same name. For a folder: a
            folder, which need not exist.
        renamed: Of a folder, lower-case suffix → suffix to write instead.

    Raises:
        DataError: ``source`` is missing, or holds no picture.
        UsageError: ``target`` is ``source``, a file where a folder is due, or of a suffix that is not written; all
            pictures lie in ``target``, or two would become one.
    """
    if not source.exists():
        raise DataError(f"{source}: is missing; give a picture or a folder of pictures")
    if not source.is_dir():
        output = target / source.name if target.is_dir() else target
        refuse_same(source, output)
        if output.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{output}: its suffix names no format; give one of {' '.join(SUFFIXES)}")
        return [(source, output)]
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target}: is a file, but {source} is a folder; give a folder")
    refuse_same(source, target)
    inside = target.resolve()
    found = [path for path in list_pictures(source) if not path.resolve().is_relative_to(inside)]
    if not found:
        raise UsageError(f"{source}: all its pictures lie in {target}; give an output folder beside them")
    return _mirrored(found, source, target, renamed)


def _mirrored(found: list[Path], source: Path, target: Path, renamed: Mapping[str, str]) -> list[tuple[Path, Path]]:
    taken: dict[Path, Path] = {}
    for path in found:
        output = target / path.relative_to(source)
        output = output.with_suffix(renamed.get(output.suffix.lower(), output.suffix))
        if output in taken:
            raise UsageError(f"{path} and {taken[output]} would both become {output.name}; rename one")
        taken[output] = path
    return [(path, output) for output, path in taken.items()]


def refuse_same(source: Path, target: Path) -> None:
    """Refuse to write onto what is read.

    Raises:
        UsageError: ``target`` is ``source``.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: is the input itself, which is never overwritten; give another output")
