"""Findings that only follow from another one about the same image or folder are left out."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.data.checking.findings import Finding
from burnish.data.checking.listing import Listing

FOLLOWS = {
    "odd-size": {"size-mismatch", "odd-scale", "shot-size", "tiny"},
    "odd-channels": {"channel-mismatch"},
    "odd-noise": {"swapped-pair", "swapped-folders"},
    "noisy-clean": {"swapped-folders"},
    "correlated-noise": {"swapped-folders"},
    "brightness": {"swapped-pair", "swapped-folders"},
    "tone-curve": {"swapped-pair", "swapped-folders"},
    "two-shots": {"one-shot"},
}
"""Kind → the kinds that explain it."""


def without_consequences(findings: Sequence[Finding], listing: Listing) -> list[Finding]:
    """The findings that no other one explains: of the same image, or of a folder in the same split."""
    image_of = {listing.name(path): number for number, image in enumerate(listing.images) for path in image.files}

    def about(path: str) -> set[int | str]:
        split = path.partition("/")[0]
        return {image_of[path]} if path in image_of else {split}

    where: dict[str, set[int | str]] = {}
    for one in findings:
        where.setdefault(one.kind, set()).update(about(one.path))
    splits = {number: listing.images[number].split for number in image_of.values()}

    def explained(one: Finding) -> bool:
        own = about(one.path)
        own |= {splits[number] for number in own if isinstance(number, int)}
        return any(own & where.get(kind, set()) for kind in FOLLOWS.get(one.kind, ()))

    return [one for one in findings if not explained(one)]
