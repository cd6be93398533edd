"""The losses from a picture file to the file written from it, in words."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from burnish.io.formats.georeference import GDAL_NOTES, georeferenced
from burnish.io.formats.lookup import of_name
from burnish.io.picture import NODATA, Metadata, Picture

TAGS = {33723: "IPTC", 34377: "Photoshop's resources", GDAL_NOTES: "GDAL's notes", NODATA: "the value for no data"}

TRACE = 0.001
"""Share of samples that may be clipped without a note."""
BEYOND = 0.01
"""Distance beyond black or white, in [0, 1], from which a sample counts as clipped; less is ordinary ripple."""


def losses(source: Picture, made: Picture, target: Path) -> tuple[str, ...]:
    """What is lost from ``source`` when ``made`` is written to ``target``; empty if nothing is lost.

    Args:
        source: The picture as it was read.
        made: What was made of it.
        target: Where it is written; its suffix is the format.
    """
    kind = of_name(target)
    before, after = source.metadata, _held(made.metadata, kind.spec.keeps if kind else frozenset())
    kept = {entry.tag for entry in after.tiff_tags}
    lost = list(before.left_out)
    lost += ["the georeference"] if georeferenced(before) and not georeferenced(after) else []
    lost += [name for tag, name in TAGS.items() if tag in {e.tag for e in before.tiff_tags} and tag not in kept]
    for name, words in (("exif", "EXIF"), ("icc", "the ICC profile"), ("xmp", "XMP"), ("dpi", "the resolution")):
        lost += [words] if getattr(before, name) is not None and getattr(after, name) is None else []
    gone = {name.decode("latin-1") for name, _ in before.png_chunks} if not after.png_chunks else set()
    lost += [f"the PNG chunks {', '.join(sorted(gone))}"] if gone else []
    return tuple(dict.fromkeys(lost))


def not_kept(source: Picture, made: Picture, target: Path) -> tuple[str, ...]:
    """The note on the losses of the written file; empty without losses."""
    lost = losses(source, made, target)
    return (f"not kept: {', '.join(lost)}",) if lost else ()


def _held(metadata: Metadata, keeps: frozenset[str]) -> Metadata:
    """The part of the metadata that a format can hold."""
    return Metadata(**{name: getattr(metadata, name) for name in keeps})


def clipped(estimate: Tensor, like: Picture) -> tuple[str, ...]:
    """The note that more than a trace of an estimate was clipped at black and white; floats are not clipped."""
    if like.peak == 1.0:
        return ()
    low, high = (float(value) for value in torch.aminmax(estimate))
    if low >= -BEYOND and high <= 1 + BEYOND:
        return ()
    share = float(((estimate < -BEYOND) | (estimate > 1 + BEYOND)).float().mean())
    if share <= TRACE:
        return ()
    return (
        f"{share:.1%} of its samples are beyond black or white ({low:.2f} to {high:.2f}) and were clipped; "
        "float files keep them",
    )
