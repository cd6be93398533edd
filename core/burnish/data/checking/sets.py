"""What is wrong with a set of pictures as a whole: odd ones out, folders that are swapped, noise that is correlated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from burnish.data.checking.findings import Finding, found
from burnish.data.checking.listing import Image, Listing
from burnish.data.checking.looking import Look
from burnish.data.checking.pairs import scale_of
from burnish.ops.measures.correlation import CORRELATED, CORRELATED_ALONE

ODD = 0.2
"""Up to this part of a folder is the odd part; of more, both kinds are meant."""
ALONE = 0.98
"""Where at least this part has one size, another size is odd."""
MANY = 10
"""Files from which sizes and noise are judged."""
FAR = 3.0
"""Noise above this multiple of the folder's 75 % quantile is odd."""
CLEARLY = 8 / 255
"""And by at least this much: fine texture all over reads as noise, too."""
NOISY = 4 / 255
"""Median noise of a folder of clean pictures from which they are not clean."""
NOISIER = 1.5
"""The clean picture's noise over the degraded one's, above which they are swapped."""
CLEAR = 3 / 255
"""And by at least this much."""
FREE = 0.5 / 255
"""Median noise of degraded pictures below which there is none."""
FEW = {0: 8, 1: 3}
"""Place of the split → images below which it has few."""


def check_sets(
    listing: Listing, looks: Mapping[Path, Look], figures: Mapping[Image, Mapping[str, float]]
) -> list[Finding]:
    """The findings about the folders of a dataset.

    Args:
        listing: The images.
        looks: What was seen of each file.
        figures: What was measured on each image.
    """
    findings: list[Finding] = []
    for folder, paths in folders(listing).items():
        there = [looks[path] for path in paths if path in looks]
        findings += _odd_kinds(there, folder, listing)
        findings += _odd_sizes(there, listing)
        findings += _odd_noise(there, folder, listing)
    for split in dict.fromkeys(image.split for image in listing.images):
        images = [image for image in listing.images if image.split == split]
        findings += _swapped(images, looks, listing, split)
        findings += _odd_scales(images, looks, listing)
        findings += _noise(images, looks, figures, listing, split)
        if listing.layout.form == "shots" and all(len(image.shots) == 2 for image in images):
            findings.append(found("two-shots", f"{split}/{listing.layout.shots}", "every scene has two shots only"))
    return findings


def check_counts(listing: Listing, splits: Sequence[str]) -> Iterator[Finding]:
    """The splits with few images."""
    counts = Counter(image.split for image in listing.images)
    what = {"pairs": "pairs", "shots": "scenes"}.get(listing.layout.form, "pictures")
    for place, split in enumerate(splits):
        if 0 < counts[split] < (fewest := FEW[min(place, 1)]):
            fact = f"has {counts[split]} {what[:-1] if counts[split] == 1 else what}; {fewest} or more make sense"
            yield found("few-pictures", split, fact, count=counts[split])


def folders(listing: Listing) -> dict[str, list[Path]]:
    """Folder of one role in one split, relative to the dataset → its pictures."""
    made: dict[str, list[Path]] = {}
    layout = listing.layout
    for image in listing.images:
        roles = (("degraded", image.degraded), ("clean", image.clean), *(("shots", shot) for shot in image.shots))
        for role, path in roles:
            if path is not None:
                inner = "" if layout.form == "clean" else f"/{getattr(layout, role)}"
                made.setdefault(f"{image.split}{inner}", []).append(path)
    return made


def _odd_kinds(looks: Sequence[Look], folder: str, listing: Listing) -> Iterator[Finding]:
    for kind, values, words in (
        ("odd-depth", [look.depth for look in looks], {"uint8": "8 bit", "uint16": "16 bit", "float32": "float"}),
        ("odd-channels", [look.channels for look in looks], {1: "grey", 3: "colour"}),
    ):
        counts = Counter[object](values)
        if len(counts) < 2:
            continue
        (usual, count), *_ = counts.most_common()
        odd = [look for look, value in zip(looks, values, strict=True) if value != usual]
        if len(odd) > max(1, ODD * len(looks)):
            fact = f"holds {' and '.join(f'{n} of {words[value]}' for value, n in counts.most_common())}"  # type: ignore[index]
            yield found(kind, folder, fact)
            continue
        for look, value in zip(looks, values, strict=True):
            if value != usual:
                fact = f"is {words[value]}, {count} others are {words[usual]}"  # type: ignore[index]
                yield found(kind, listing.name(look.path), fact)


def _odd_sizes(looks: Sequence[Look], listing: Listing) -> Iterator[Finding]:
    if len(looks) < MANY:
        return
    (usual, count), *_ = Counter(look.size for look in looks).most_common()
    turned = (usual[1], usual[0])
    if count < ALONE * len(looks) and count < len(looks) - 1:
        return
    for look in looks:
        if look.size not in (usual, turned):
            fact = f"is {look.width}×{look.height}, {count} others are {usual[0]}×{usual[1]}"
            yield found("odd-size", listing.name(look.path), fact)


def _odd_noise(looks: Sequence[Look], folder: str, listing: Listing) -> Iterator[Finding]:
    noise = [look.figures["noise"] for look in looks if "noise" in look.figures]
    clean = listing.layout.form == "clean" or folder.endswith(f"/{listing.layout.clean}")
    if len(noise) < MANY:
        return
    usual, middle = float(np.quantile(noise, 0.75)), float(np.median(noise))
    if clean and middle > NOISY:
        fact = f"the median of the noise of its {len(noise)} pictures is σ {255 * middle:.1f} of 255"
        yield found("noisy-clean", folder, fact, sigma=middle)
    for look in looks:
        if (own := look.figures.get("noise", 0.0)) > FAR * usual + CLEARLY:
            fact = f"has noise of σ {255 * own:.1f} of 255, three quarters of the others at most {255 * usual:.1f}"
            yield found("odd-noise", listing.name(look.path), fact, sigma=own, usual=usual)


def _swapped(images: Sequence[Image], looks: Mapping[Path, Look], listing: Listing, split: str) -> Iterator[Finding]:
    """Pairs whose clean side is noisier; where most are so, the folders are swapped."""
    judged, wrong = 0, []
    for image in images:
        if image.degraded is None or image.clean is None:
            continue
        degraded, clean = looks.get(image.degraded), looks.get(image.clean)
        if degraded is None or clean is None or not {"noise"} <= degraded.figures.keys() & clean.figures.keys():
            continue
        judged += 1
        noise, other = clean.figures["noise"], degraded.figures["noise"]
        if noise > NOISIER * other + CLEAR and not degraded.is_blur_of(clean):
            wrong.append((image, noise, other))
    layout = listing.layout
    if judged and len(wrong) > judged / 2:
        means = [255 * float(np.mean([one[place] for one in wrong])) for place in (1, 2)]
        fact = f"its pictures have noise of σ {means[0]:.1f} of 255, those in {layout.degraded}/ {means[1]:.1f}"
        yield found("swapped-folders", f"{split}/{layout.clean}", fact, clean=means[0] / 255, degraded=means[1] / 255)
        return
    for image, noise, other in wrong:
        assert image.clean is not None
        fact = f"has noise of σ {255 * noise:.1f} of 255, its degraded picture {255 * other:.1f}"
        yield found("swapped-pair", listing.name(image.clean), fact, clean=noise, degraded=other)


def _blurred(image: Image, looks: Mapping[Path, Look]) -> bool:
    degraded, clean = (looks.get(path) if path is not None else None for path in (image.degraded, image.clean))
    return degraded is not None and clean is not None and degraded.is_blur_of(clean)


def _odd_scales(images: Sequence[Image], looks: Mapping[Path, Look], listing: Listing) -> Iterator[Finding]:
    scales: dict[Path, int] = {}
    for image in images:
        if image.degraded in looks and image.clean in looks:
            assert image.degraded is not None
            assert image.clean is not None
            scales[image.degraded] = scale_of(looks[image.degraded], looks[image.clean])
    (usual, _), *others = Counter(scale for scale in scales.values() if scale).most_common() or [(0, 0)]
    for path, scale in scales.items() if others else ():
        if scale not in (0, usual):
            fact = f"its clean picture is {scale} times as large, that of the others {usual} times"
            yield found("odd-scale", listing.name(path), fact)


def _noise(
    images: Sequence[Image],
    looks: Mapping[Path, Look],
    figures: Mapping[Image, Mapping[str, float]],
    listing: Listing,
    split: str,
) -> Iterator[Finding]:
    """Whether the noise of a split's degraded pictures is correlated, or there is none."""
    form = listing.layout.form
    if form == "clean":
        return
    folder = f"{split}/{listing.layout.inner[0]}"
    correlations = [
        figures[image]["correlation"]
        for image in images
        if "correlation" in figures.get(image, {}) and not _blurred(image, looks)
    ]
    limit = CORRELATED_ALONE if form == "noisy" else CORRELATED
    if correlations and (middle := float(np.median(correlations))) > limit:
        doubt = ", or the pictures are fine texture all over" if form == "noisy" else ""
        fact = f"the noise of neighbouring pixels is correlated by {middle:.2f} (median of {len(correlations)}){doubt}"
        yield found("correlated-noise", folder, fact, correlation=middle)
    noise = [
        looks[path].figures["noise"]
        for one in images
        for path in one.known_of
        if path in looks and "noise" in looks[path].figures
    ]
    if form in ("noisy", "shots") and noise and (level := float(np.median(noise))) < FREE:
        yield found("noise-free", folder, f"the median of its noise is σ {255 * level:.2f} of 255", sigma=level)
