"""The content of a data folder as hashes; the same hash as DVC's, computed without DVC."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Every file of a folder by its hash."""

    files: Mapping[str, str]
    """POSIX path relative to the folder → md5 of the bytes, as hex."""
    bytes: int = 0
    """Sum of the files' sizes."""

    @property
    def md5(self) -> str:
        """DVC's hash of the folder: md5 of the JSON list of hashes and paths, with the ending ``.dir``."""
        listed = [{"md5": self.files[path], "relpath": path} for path in sorted(self.files)]
        return hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest() + ".dir"


@dataclass(frozen=True, kw_only=True)
class Differences:
    """The differences between a folder and a manifest."""

    missing: tuple[str, ...] = field(default=())
    changed: tuple[str, ...] = field(default=())
    unknown: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.unknown)

    def __str__(self) -> str:
        parts = [
            f"{len(paths)} {word} ({', '.join(paths[:3])}{', …' if len(paths) > 3 else ''})"
            for word, paths in (("missing", self.missing), ("changed", self.changed), ("unknown", self.unknown))
            if paths
        ]
        return "; ".join(parts) or "no difference"


def file_md5(path: Path) -> str:
    """md5 of a file's bytes, as hex."""
    digest = hashlib.md5()
    with path.open("rb") as stream:
        while block := stream.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def measure(folder: Path, ignored: Callable[[Path], bool] = lambda path: False) -> Manifest:
    """Hash every file below ``folder``.

    Args:
        folder: What to hash.
        ignored: True for files that do not belong to the data (``.dvcignore``).
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not ignored(path))
    return Manifest(
        files={path.relative_to(folder).as_posix(): file_md5(path) for path in paths},
        bytes=sum(path.stat().st_size for path in paths),
    )


def compare(actual: Manifest, expected: Mapping[str, str]) -> Differences:
    """Compare a folder with its recorded files."""
    return Differences(
        missing=tuple(sorted(expected.keys() - actual.files.keys())),
        unknown=tuple(sorted(actual.files.keys() - expected.keys())),
        changed=tuple(sorted(p for p in expected.keys() & actual.files.keys() if expected[p] != actual.files[p])),
    )


def shared_between(manifest: Manifest, folders: Iterable[str]) -> list[tuple[str, ...]]:
    """Files with the same bytes in more than one of the named top folders, such as test pictures seen in training."""
    wanted = set(folders)
    by_hash: defaultdict[str, list[str]] = defaultdict(list)
    for path, md5 in sorted(manifest.files.items()):
        if path.split("/", 1)[0] in wanted:
            by_hash[md5].append(path)
    return [tuple(paths) for paths in by_hash.values() if len({path.split("/", 1)[0] for path in paths}) > 1]
