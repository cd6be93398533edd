"""TIFF writing: deflate with predictor through tifffile, then a directory that also has EXIF, GPS and private tags."""

from __future__ import annotations

import io

import tifffile

from burnish.io.formats.exif import (
    ORIENTATION,
    DamagedDirectoryError,
    Directory,
    Form,
    Order,
    in_order,
    lay_out,
    parse,
    read_directory,
    read_header,
    reader,
)
from burnish.io.formats.tiff_reading import DESCRIPTIVE, XMP
from burnish.io.picture import IfdEntry, Metadata, Picture, join_alpha

RESOLUTION = frozenset({282, 283, 296})
EXTRA = {"straight": "unassalpha", "premultiplied": "assocalpha", "unspecified": "unspecified"}


def write_tiff(picture: Picture) -> bytes:
    """Encode at the picture's own depth, alpha with its stored meaning, in the byte order of its EXIF block."""
    metadata = picture.metadata
    order, described = _described(metadata)
    options: dict[str, object] = {} if metadata.dpi is None else {"resolution": metadata.dpi, "resolutionunit": "INCH"}
    if picture.alpha is not None:
        options["extrasamples"] = [EXTRA[metadata.alpha_kind]]
    target = io.BytesIO()
    tifffile.imwrite(
        target,
        join_alpha(picture),
        byteorder=order,
        photometric="minisblack" if picture.channels == 1 else "rgb",
        planarconfig=None if picture.channels == 1 and picture.alpha is None else "contig",
        compression="zlib",
        predictor=True,
        iccprofile=metadata.icc,
        metadata=None,
        software=False,
        **options,
    )
    return _with_tags(target.getvalue(), described)


def _described(metadata: Metadata) -> tuple[Order, Directory]:
    """The byte order to write, and all tags other than those of the raster."""
    try:
        form, block = parse(metadata.exif) if metadata.exif else (None, Directory())
    except DamagedDirectoryError:
        form, block = None, Directory()
    order: Order = form.order if form is not None else next((e.order for e in metadata.tiff_tags), "<")
    wanted = DESCRIPTIVE - {ORIENTATION} | (RESOLUTION if metadata.dpi is None else frozenset())
    entries = [e for e in block.entries if e.tag in wanted]
    entries += [in_order(e, order) for e in metadata.tiff_tags]
    if metadata.orientation != 1 or any(e.tag == ORIENTATION for e in block.entries):
        raw = metadata.orientation.to_bytes(2, "little" if order == "<" else "big")
        entries.append(IfdEntry(tag=ORIENTATION, type=3, count=1, raw=raw, order=order))
    if metadata.xmp is not None:
        entries.append(IfdEntry(tag=XMP, type=1, count=len(metadata.xmp), raw=metadata.xmp, order=order))
    return order, Directory(entries=tuple(entries), children=block.children)


def _with_tags(encoded: bytes, added: Directory) -> bytes:
    """The file with its only directory rewritten at the end, with the added tags among the raster's."""
    if not added.entries and not added.children:
        return encoded
    read = reader(encoded)
    form, offset, place = read_header(read)
    raster = read_directory(read, form, offset)
    tags = {entry.tag: entry for entry in (*raster.entries, *added.entries)}
    body = encoded + bytes(len(encoded) % 2)
    merged = Directory(entries=tuple(tags.values()), children=added.children)
    return (
        body[:place]
        + form.offset.pack(len(body))
        + body[place + form.offset.size :]
        + lay_out(merged, Form(order=form.order, big=form.big), len(body))
    )
