"""The same picture or scene twice: within a split, and in two, where a judgement would be worth nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from burnish.data.checking.analysis.fingerprints import near_pairs
from burnish.data.checking.findings import Finding, found
from burnish.data.checking.listing import Image, Listing
from burnish.data.checking.looking import Look
from burnish.data.scenes import scenes_of

BEGINNING = 4096
"""Bytes by which most files differ."""


def check_leaks(listing: Listing, looks: Mapping[Path, Look]) -> Iterator[Finding]:
    """The findings about pictures and scenes that are there twice, in the order of the splits.

    A pair is known by its clean picture, a scene by its first shot.
    """
    known = [(image, looks[path]) for image in listing.images if (path := _face(image)) in looks]
    yield from _by_pixels(listing, known, looks)
    yield from _by_look(listing, known)
    yield from _by_name(listing)


def check_copies(listing: Listing) -> Iterator[Finding]:
    """Files of two splits with the same bytes, without decoding: read as far as others agree in size and beginning."""
    files = [(image.split, path) for image in listing.images if (path := _face(image)).is_file()]
    groups: list[list[tuple[str, Path]]] = [files]
    for key in (_size, _beginning, _content):
        parted: dict[object, list[tuple[str, Path]]] = {}
        for number, group in enumerate(groups):
            for split, path in group:
                parted.setdefault((number, key(path)), []).append((split, path))
        groups = [group for group in parted.values() if len({split for split, _ in group}) > 1]
    for (first, original), *others in groups:
        for split, path in others:
            if split != first:
                beside = listing.name(original)
                yield found("same-picture", listing.name(path), f"is {beside}, byte by byte", others=(beside,))


def _size(path: Path) -> object:
    return path.stat().st_size


def _beginning(path: Path) -> object:
    with path.open("rb") as file:
        return file.read(BEGINNING)


def _content(path: Path) -> object:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _face(image: Image) -> Path:
    """The file by which an image is known: the one with the least noise."""
    return image.clean or image.files[0]


def _by_pixels(listing: Listing, known: list[tuple[Image, Look]], looks: Mapping[Path, Look]) -> Iterator[Finding]:
    first: dict[str, tuple[Image, Look]] = {}
    for image, look in known:
        if not look.usable:
            continue
        earlier, other = first.setdefault(look.pixels_hash, (image, look))
        same_split = earlier.split == image.split
        if earlier is not image and not (same_split and _degraded_otherwise(earlier, image, looks)):
            kind = "duplicate" if same_split else "same-picture"
            beside = listing.name(other.path)
            yield found(kind, listing.name(look.path), f"is {beside}, pixel by pixel", others=(beside,))


def _degraded_otherwise(first: Image, second: Image, looks: Mapping[Path, Look]) -> bool:
    """Whether two pairs of one clean picture have different degraded ones, which is no fault."""
    one, other = (looks.get(image.degraded) if image.degraded is not None else None for image in (first, second))
    return one is not None and other is not None and one.pixels_hash != other.pixels_hash


def _by_look(listing: Listing, known: list[tuple[Image, Look]]) -> Iterator[Finding]:
    """Across splits nearly the same pictures; within one split they are what augmentation makes, and harmless."""
    listed = [(image, look, look.fingerprint) for image, look in known if look.fingerprint is not None]
    for first, second, differ in near_pairs([one for _, _, one in listed]):
        (image, look, _), (other, beside, _) = listed[first], listed[second]
        if image.split == other.split or look.pixels_hash == beside.pixels_hash:
            continue
        scene = listing.layout.form == "shots" and image.name == other.name
        kind = "leaked-scene" if scene else "similar-picture"
        fact = f"shows what {listing.name(look.path)} shows ({differ:.0%} of the hash differ)"
        where = other.shots[0].parent if scene else beside.path
        yield found(kind, listing.name(where), fact, others=(listing.name(look.path),), differ=differ)


def _by_name(listing: Listing) -> Iterator[Finding]:
    """Scenes that names tell, in two splits; where whole names come again, each split counts from the beginning."""
    splits_of: dict[str, list[str]] = {}
    for image in listing.images:
        splits_of.setdefault(image.name, []).append(image.split)
    again = any(len(splits) > 1 for splits in splits_of.values())
    grouped = None if again or listing.layout.form == "shots" else scenes_of(list(splits_of))
    if grouped is None:
        return
    first: dict[str, Image] = {}
    reported: set[tuple[str, str]] = set()
    for image in listing.images:
        scene = grouped[image.name]
        earlier = first.setdefault(scene, image)
        if earlier.split != image.split and (image.split, scene) not in reported:
            reported.add((image.split, scene))
            beside = listing.name(earlier.files[0])
            fact = f"is by its name of the scene {scene!r}, as {beside} is"
            yield found("scene-names", listing.name(image.files[0]), fact, others=(beside,))
