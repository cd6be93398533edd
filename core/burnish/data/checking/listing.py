"""The images of a dataset as files: which belong together, and what is missing or in the way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.data.checking.findings import Finding, found
from burnish.data.checking.layout import Layout
from burnish.data.items import KERNEL
from burnish.io.formats.lookup import is_picture, suffixes
from burnish.schema.yaml_text import nearest

SIDECAR = ".json"
"""Beside ``x.png``: ``x.json``."""

UNREAD = frozenset(
    {".arw", ".avif", ".cr2", ".cr3", ".czi", ".dcm", ".dng", ".exr", ".gif", ".hdr", ".heic", ".heif", ".j2k", ".jp2"}
    | {".jxl", ".lif", ".mat", ".mrc", ".nd2", ".nef", ".nii", ".npy", ".npz", ".orf", ".pgm", ".ppm", ".psd", ".raf"}
    | {".raw", ".rw2", ".svs", ".tga"}
)
"""Suffixes of files that hold pictures which are not read."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """What belongs together: a pair, a picture, or the shots of a scene."""

    split: str
    name: str
    """Relative to the folder of the split's pictures, without suffix; of a scene its folder."""
    degraded: Path | None = None
    clean: Path | None = None
    shots: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """All of its files, the degraded one first."""
        return tuple(path for path in (self.degraded, *self.shots, self.clean) if path is not None)

    @property
    def known_of(self) -> tuple[Path, ...]:
        """The pictures beside which known facts may stand."""
        return tuple(path for path in (self.degraded, *self.shots) if path is not None)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The images of all splits."""

    root: Path
    layout: Layout
    images: tuple[Image, ...]
    findings: tuple[Finding, ...]

    def name(self, path: Path) -> str:
        """A path relative to the dataset, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def list_images(root: Path, layout: Layout, splits: Sequence[str]) -> Listing:
    """Every image of the splits; the first split must be there, the others may be missing."""
    images: list[Image] = []
    findings: list[Finding] = []
    for split in splits:
        if not (root / split).is_dir():
            kind = "missing-folder" if split == splits[0] else "missing-split"
            beside = sorted(one.name for one in root.iterdir() if one.is_dir() and one.name not in splits)
            mend = f"did you mean {beside[0]}/?" if split == splits[0] and len(beside) == 1 else ""
            findings.append(found(kind, split, "is missing", mend=mend))
            continue
        listed = _Split(root, split, layout)
        images += listed.images()
        findings += listed.findings
    return Listing(root=root, layout=layout, images=tuple(images), findings=tuple(findings))


class _Split:
    """The files of one split, and what is wrong with them."""

    def __init__(self, root: Path, split: str, layout: Layout) -> None:
        self.root, self.split, self.layout = root, split, layout
        self.findings: list[Finding] = []

    def images(self) -> list[Image]:
        """What belongs together; what does not fit becomes a finding."""
        folder, layout = self.root / self.split, self.layout
        if layout.form != "clean":
            self._strays(folder)
        inner = {name: self._files(folder / name) for name in layout.inner if self._is_there(folder / name)}
        if len(inner) < len(layout.inner):
            return []
        if layout.form == "shots":
            return self._scenes(folder / layout.shots, inner[layout.shots])
        if layout.form == "pairs":
            return self._pairs(inner[layout.degraded], inner[layout.clean])
        (only,) = inner.values()
        if layout.form == "clean":
            return [Image(split=self.split, name=name, clean=path) for name, path in only.items()]
        return [Image(split=self.split, name=name, degraded=path) for name, path in only.items()]

    def _add(self, kind: str, path: Path, fact: str, mend: str = "") -> None:
        self.findings.append(found(kind, path.relative_to(self.root).as_posix(), fact, mend=mend))

    def _is_there(self, folder: Path) -> bool:
        if folder.is_dir():
            return True
        names = sorted(one.name for one in folder.parent.iterdir() if one.is_dir())
        self._add("missing-folder", folder, "is missing", nearest(folder.name, names) if names else "")
        return False

    def _strays(self, folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            if is_picture(path) and path.is_file() and not path.name.startswith("."):
                self._add("stray-picture", path, "lies beside the folders of pictures and is not used")

    def _files(self, folder: Path) -> dict[str, Path]:
        """Relative name without suffix → picture; what else lies there becomes a finding."""
        pictures: dict[str, Path] = {}
        others: list[Path] = []
        for path in _walk(folder):
            if not is_picture(path):
                others.append(path)
            elif not path.exists():
                self._add("dead-link", path, f"points to {path.readlink()}, which is missing")
            elif (name := _stem(path, folder)) in pictures:
                self._add("same-name", path, f"differs from {pictures[name].name} in its suffix only")
            else:
                pictures[name] = path
        if not pictures:
            self._add("empty-folder", folder, f"contains no picture ({' '.join(suffixes())})")
        self._others(folder, others, pictures)
        return pictures

    def _others(self, folder: Path, others: Sequence[Path], pictures: Mapping[str, Path]) -> None:
        names = {*pictures, *(parent for name in pictures for parent in _parents(name))}
        for path in others:
            relative = path.relative_to(folder).as_posix()
            ending = next((one for one in (KERNEL, SIDECAR) if relative.endswith(one)), "")
            if not ending and path.suffix.lower() in UNREAD:
                self._add("other-file", path, f"is of a format that is not read ({path.suffix})")
            elif ending and relative.removesuffix(ending) not in names:
                self._add("sidecar-alone", path, "belongs to no picture")

    def _pairs(self, degraded: dict[str, Path], clean: dict[str, Path]) -> list[Image]:
        for here, there, what in ((degraded, clean, "clean"), (clean, degraded, "degraded")):
            for name in here.keys() - there.keys():
                self._add("missing-partner", here[name], f"has no {what} picture {name}")
        both = sorted(degraded.keys() & clean.keys())
        return [Image(split=self.split, name=name, degraded=degraded[name], clean=clean[name]) for name in both]

    def _scenes(self, folder: Path, files: dict[str, Path]) -> list[Image]:
        scenes: dict[Path, list[Path]] = {}
        for path in files.values():
            if path.parent == folder:
                self._add("stray-picture", path, "lies in no scene's folder and is not used", "give its scene a folder")
            else:
                scenes.setdefault(path.parent, []).append(path)
        for place, shots in scenes.items():
            if len(shots) == 1:
                self._add("one-shot", place, f"has one shot only, {shots[0].name}")
        return [
            Image(split=self.split, name=place.relative_to(folder).as_posix(), shots=tuple(sorted(shots)))
            for place, shots in sorted(scenes.items())
        ]


def _walk(folder: Path) -> Iterator[Path]:
    """Every file below a folder, sorted; hidden ones are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _stem(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _parents(name: str) -> Iterator[str]:
    """The folders that a relative name lies in: known facts of a scene stand beside its folder."""
    yield from (parent.as_posix() for parent in Path(name).parents if parent != Path())
