"""The check of a dataset: every file and every pair is looked at once, then the sets they make."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from burnish.console.progress import track
from burnish.data.checking.consequences import without_consequences
from burnish.data.checking.findings import Finding, Measures, Report, found, ordered
from burnish.data.checking.layout import SPLITS, Layout, recognise
from burnish.data.checking.leaks import check_copies, check_leaks
from burnish.data.checking.listing import Image, Listing, list_images
from burnish.data.checking.looking import Look, Seen, look_at
from burnish.data.checking.pairs import compare_pair, fit_sizes
from burnish.data.checking.sets import check_counts, check_sets, folders
from burnish.data.checking.shots import compare_shots
from burnish.data.checking.sidecars import check_known
from burnish.errors import ImagingError
from burnish.io.depth import stored_depth
from burnish.ops.measures.correlation import noise_correlation

SAMPLE = 16
"""Images of each split that a quick check decodes."""
SHOTS = 4
"""Shots of a scene that a quick check decodes."""
FIGURES = ("noise", "blur", "jpeg_quality", "blockiness", "brightness", "contrast")
"""What is measured on files."""
OF_IMAGES = ("shift", "factor", "offset", "correlation")
"""What is measured on images."""


def check(
    root: Path,
    layout: Layout | None = None,
    splits: Sequence[str] = SPLITS,
    *,
    quick: bool = False,
    quiet: bool = True,
) -> Report:
    """Look at a dataset before anybody trains on it. It writes nothing.

    Args:
        root: The dataset's folder.
        layout: How the folders below each split are called; None: recognised by their names.
        splits: The folders of the splits; the first, of training, must be there.
        quick: Look at names, sizes of files, depths and known facts, and decode a sample of 16 images a split, always
            the same ones, of degraded pictures alone also for the correlation of their noise; of two files only the
            bytes are compared. For what runs before every training.
        quiet: No progress.

    Raises:
        DataError: The folder is missing, or is no dataset.
        UsageError: Its layout is unclear.
    """
    layout = layout or recognise(root, splits)
    listing = list_images(root, layout, splits)
    work = _Work(listing, quick=quick)
    images = _sample(listing) if quick else listing.images
    for image in track(images, description="Checking the data", unit="image", quiet=quiet):
        work.look(image)
    findings = [*listing.findings, *work.findings, *check_counts(listing, splits)]
    findings += _of_headers(listing, work.looks) if quick else []
    findings += check_sets(listing, work.looks, work.figures)
    findings += check_known(listing, work.looks)
    findings += check_copies(listing) if quick else check_leaks(listing, work.looks)
    if layout.match == "affine":
        findings = [one for one in findings if one.kind != "brightness"]
    findings = without_consequences(findings, listing)
    counts = Counter(image.split for image in listing.images)
    return Report(
        root=root,
        layout=layout,
        pictures={split: counts[split] for split in splits if (root / split).is_dir()},
        findings=ordered(findings),
        measures=() if quick else tuple(_measures(listing, work)),
        quick=quick,
    )


class _Work:
    """What was seen so far."""

    def __init__(self, listing: Listing, *, quick: bool) -> None:
        self.listing, self.quick = listing, quick
        self.looks: dict[Path, Look] = {}
        self.figures: dict[Image, Mapping[str, float]] = {}
        self.findings: list[Finding] = []

    def look(self, image: Image) -> None:
        """Decode an image's files and compare them with one another."""
        seen = ((self.listing.name(path), self._see(path, image)) for path in image.files)
        faults: list[Finding] = []
        figures: dict[str, float] = {}
        if self.quick:
            decoded = [one for _, one in seen]
            faults = _quick_pair(image, self.looks, self.listing)
            figures = _alone(decoded[0]) if image.degraded is not None and image.clean is None else {}
        elif image.shots:
            faults, figures = compare_shots(seen)
        elif image.degraded is not None and image.clean is not None:
            (name, degraded), (_, clean) = seen
            faults, figures = compare_pair(degraded, clean, name)
        else:
            ((_, only),) = seen
            figures = _alone(only) if image.degraded is not None else {}
        self.findings += faults
        self.figures[image] = figures

    def _see(self, path: Path, image: Image) -> Seen:
        face = image.clean or image.files[0]
        name = self.listing.name(path)
        whole = not self.quick
        seen = look_at(path, name, clean=path == image.clean, measured=whole, hashed=whole and path == face)
        self.findings += seen.findings
        if seen.look is not None:
            self.looks[path] = seen.look
        return seen


def _alone(seen: Seen) -> dict[str, float]:
    """What a degraded picture tells without any other."""
    noise = noise_correlation(seen.luma) if seen.look is not None and seen.look.usable else None
    return {} if noise is None else {"correlation": noise.largest}


def _quick_pair(image: Image, looks: Mapping[Path, Look], listing: Listing) -> list[Finding]:
    """What sizes and channels alone tell of a pair or scene."""
    there = [looks[path] for path in image.files if path in looks]
    if image.shots or len(there) < 2:
        odd = [one for one in there if (one.size, one.channels) != (there[0].size, there[0].channels)]
        return [
            found("shot-size", listing.name(one.path), f"is {one.width}×{one.height} {one.kind}, others are not")
            for one in odd
        ]
    return list(fit_sizes(there[0], there[1], listing.name(there[0].path)))


def _sample(listing: Listing) -> list[Image]:
    """Of each split the images whose names have the smallest hashes: always the same ones, from all over; of scenes
    some shots.
    """
    chosen = []
    for split in dict.fromkeys(image.split for image in listing.images):
        of_split = [image for image in listing.images if image.split == split]
        chosen += sorted(of_split, key=lambda image: hashlib.sha256(image.name.encode()).hexdigest())[:SAMPLE]
    return [replace(image, shots=image.shots[:SHOTS]) for image in chosen]


def _of_headers(listing: Listing, looks: Mapping[Path, Look]) -> list[Finding]:
    """Empty files, and the depth of those that were not decoded."""
    findings: list[Finding] = []
    for paths in folders(listing).values():
        rest = [path for path in paths if path not in looks]
        empty = [path for path in rest if not path.stat().st_size]
        findings += [found("damaged", listing.name(path), "is empty") for path in empty]
        depths = {path: _depth(path) for path in paths if path not in empty}
        counts = Counter(depth for depth in depths.values() if depth)
        if len(counts) == 2 and counts.most_common()[1][1] == 1:
            (usual, count), (odd, _) = counts.most_common()
            name = next(path for path, depth in depths.items() if depth == odd)
            if name not in looks:
                findings.append(found("odd-depth", listing.name(name), f"is {odd}, {count} others are {usual}"))
    return findings


def _depth(path: Path) -> str:
    """Empty where the file cannot be read; decoding it says why."""
    try:
        return stored_depth(path)
    except ImagingError:
        return ""


def _measures(listing: Listing, work: _Work) -> list[Measures]:
    made = []
    for folder, paths in folders(listing).items():
        looks = [work.looks[path] for path in paths if path in work.looks]
        if not looks:
            continue
        figures = {name: _range([look.figures[name] for look in looks if name in look.figures]) for name in FIGURES}
        if folder.endswith(f"/{listing.layout.inner[0]}"):
            split = folder.partition("/")[0]
            of_split = [work.figures[image] for image in work.figures if image.split == split]
            figures |= {name: _range([one[name] for one in of_split if name in one]) for name in OF_IMAGES}
        sizes = sorted({look.size for look in looks}, key=lambda size: size[0] * size[1])
        ends = [f"{width}×{height}" for width, height in dict.fromkeys((sizes[0], sizes[-1]))]
        made.append(
            Measures(
                folder=folder,
                pictures=len(looks),
                kinds=", ".join(kind for kind, _ in Counter(look.kind for look in looks).most_common()),
                sizes=" to ".join(ends),
                figures={name: limits for name, limits in figures.items() if limits is not None},
            )
        )
    return made


def _range(values: Sequence[float]) -> tuple[float, float, float] | None:
    if not values:
        return None
    return float(np.min(values)), float(np.median(values)), float(np.max(values))
