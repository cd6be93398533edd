"""TIFF reading: strips and tiles of every usual compression through tifffile; incomplete pictures are refused."""

from __future__ import annotations

import logging
import struct
from dataclasses import replace
from functools import partial
from typing import IO

import numpy as np
import tifffile
from numpy.typing import NDArray
from tifffile import TiffFile, TiffPage

from burnish.errors import ImagingError
from burnish.io.formats.damage import CHOICE, DamagedError
from burnish.io.formats.exif import (
    EXIF_IFD,
    GPS_IFD,
    ORIENTATION,
    DamagedDirectoryError,
    Directory,
    block_of,
    read_directory,
    read_header,
    unsigned,
)
from burnish.io.formats.georeference import GDAL_NOTES, GEOGRAPHIC, georeferenced
from burnish.io.formats.tiff_segments import check_directories, check_segments
from burnish.io.limits import check_size
from burnish.io.picture import NODATA, AlphaKind, IfdEntry, Metadata, Picture, check_range, split_alpha
from burnish.ops.invalid import Samples

logging.getLogger("tifffile").addHandler(logging.NullHandler())

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, YCBCR = 0, 1, 2, 3, 6
REDUCED, MASK = 1, 4
"""Bits of a page's type: a reduced copy, or a transparency mask, of another page."""
JPEG_COMPRESSIONS = frozenset({6, 7, 33007, 34892})
ALPHA_KINDS: dict[int, AlphaKind] = {0: "unspecified", 1: "premultiplied", 2: "straight"}
ICC, XMP, DESCRIPTION = 34675, 700, 270
DESCRIPTIVE = frozenset(
    {269, 270, 271, 272, ORIENTATION, 305, 306, 315, 316, 18246, 18249, 33432, *range(40091, 40096)}
)
"""Tags of the first directory that are EXIF's as well: names, dates, maker, orientation, rating, copyright."""
PRIVATE = GEOGRAPHIC | {33723, 34377, GDAL_NOTES, NODATA}
"""Georeference, IPTC, Photoshop's resources, GDAL's notes and value for no data."""
BANDS = "{}; bands beyond grey or RGB are not supported yet: store them in separate files (gdal_translate -b N)"
MOST_NAMED = 8
"""Number of dropped private tags that are named."""
ALPHA_SHARE = 0.9
"""Least share of fully transparent or fully opaque samples for accepting an untagged alpha channel."""


def read_tiff(file: IO[bytes], limit: int, damaged: bool = False) -> Picture:
    """Decode the only full-size page of the TIFF in ``file``; palettes become RGB, bits below 8 become 8."""
    check_directories(partial(_read, file))
    file.seek(0)
    with tifffile.TiffFile(file, name="picture.tif") as tiff:
        page = _only_page(tiff)
        check_size(page.imagewidth, page.imagelength, limit)
        _check_kind(page)
        damage = check_segments(file, page, limit, damaged=damaged)
        samples = _decoded(page, damaged)
        if page.planarconfig == 2 and page.samplesperpixel > 1:
            samples = np.moveaxis(samples, 0, -1)
        pixels, alpha = split_alpha(_scaled(page, samples.reshape(page.imagelength, page.imagewidth, -1)))
        kind = ALPHA_KINDS.get(int(page.extrasamples[0]), "unspecified") if page.extrasamples else "unspecified"
        metadata = _metadata(file, page.offset, kind if alpha is not None else "straight")
        metadata = replace(_with_nodata_as_read(metadata, page), left_out=_left_out(tiff))
    picture = Picture(pixels=pixels, alpha=alpha, metadata=metadata, damage=damage)
    _check_alpha_is_one(picture)
    check_range(pixels[~picture.invalid] if picture.invalid.any() else pixels)
    _check_alpha(alpha)
    return picture


def _decoded(page: TiffPage, damaged: bool) -> Samples:
    try:
        decoded: Samples = page.asarray()
        return decoded
    except NotImplementedError:
        raise
    except (RuntimeError, ValueError) as error:  # codecs raise these on damaged data
        if damaged or int(page.compression) not in tifffile.TIFF.DECOMPRESSORS:
            raise
        raise DamagedError(f"is a damaged TIFF: {' '.join(str(error).split())[:160]}; {CHOICE}") from error


def _only_page(tiff: TiffFile) -> TiffPage:
    """The page at full size; previews, pyramids and masks are skipped, further pages refused."""
    if not len(tiff.pages):
        raise ImagingError("is a TIFF without a picture; get a complete copy of the file")
    full = [page for page in _pages(tiff) if not page.subfiletype & (REDUCED | MASK)]
    if len(full) > 1:
        raise ImagingError(f"is a TIFF of {len(full)} pages; split it into one file per page")
    return full[0] if full else tiff.pages[0]


def _pages(tiff: TiffFile) -> list[TiffPage]:
    return [tiff.pages[i] for i in range(len(tiff.pages))]


def _left_out(tiff: TiffFile) -> tuple[str, ...]:
    """The contents of the file besides its full-size page and the tags that are kept."""
    masked = any(page.subfiletype & MASK for page in _pages(tiff))
    unknown = sorted(
        tag.code
        for tag in _only_page(tiff).tags
        if tag.code >= 32768 and tag.code not in PRIVATE | {ICC, EXIF_IFD, GPS_IFD} | DESCRIPTIVE
    )
    said = ["its mask (a separate page)"] if masked else []
    more = ", …" if len(unknown) > MOST_NAMED else ""
    return (*said, *([f"the private TIFF tags {', '.join(map(str, unknown[:MOST_NAMED]))}{more}"] if unknown else []))


def _check_kind(page: TiffPage) -> None:
    """Refuse everything but grey or RGB with 1..8, 16 bits or float32, and at most one further channel."""
    bits, samples, photometric = page.bitspersample, page.samplesperpixel, int(page.photometric)
    from_jpeg = photometric == YCBCR and page.compression in JPEG_COMPRESSIONS
    if photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE) and not from_jpeg:
        raise ImagingError(
            f"has colour model {_name(page.photometric)}, which is neither grey nor RGB; convert it to RGB first"
        )
    colours = 3 if photometric in (RGB, YCBCR) else 1
    if samples - colours > 1 or (photometric == PALETTE and samples > 1):
        raise ImagingError(BANDS.format(f"has {samples} bands"))
    float32 = page.sampleformat == 3 and bits == 32
    whole = page.sampleformat == 1 and bits in ((1, 2, 4, 8) if photometric == PALETTE or samples == 1 else (8,)) + (
        16,
    )
    if not float32 and not whole:
        kind = {1: "unsigned", 2: "signed", 3: "float"}.get(page.sampleformat, "unknown")
        raise ImagingError(f"has {bits}-bit {kind} samples; store it as 8 or 16 bit unsigned or as float32")
    if samples < colours or (photometric == PALETTE and bits > 8) or page.imagedepth > 1:
        raise ImagingError(f"has {samples} channels; give grey or RGB, with or without alpha")


def _name(photometric: object) -> str:
    return str(getattr(photometric, "name", photometric))


def _scaled(page: TiffPage, samples: Samples) -> Samples:
    """H,W,S as decoded → uint8, uint16 or float32 over the full range, with zero as black and the palette applied."""
    photometric, bits = int(page.photometric), page.bitspersample
    if photometric == PALETTE:
        coloured: Samples = _palette(page.colormap)[samples[:, :, 0]]
        return coloured
    if bits < 8:
        samples = samples.astype(np.uint8) * np.uint8(255 // (2**bits - 1))
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    if photometric == WHITE_IS_ZERO:
        grey = samples[:, :, :1]
        white = np.asarray(1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype.name).max, dtype=samples.dtype)
        samples = np.concatenate([white - grey, samples[:, :, 1:]], axis=2)
    return samples


def _with_nodata_as_read(metadata: Metadata, page: TiffPage) -> Metadata:
    """The metadata with the no-data value scaled like the samples in ``_scaled``; without it for a palette."""
    nodata, photometric, bits = metadata.nodata, int(page.photometric), page.bitspersample
    if nodata is None or (photometric not in (WHITE_IS_ZERO, PALETTE) and bits >= 8):
        return metadata
    others = tuple(entry for entry in metadata.tiff_tags if entry.tag != NODATA)
    if photometric == PALETTE:
        return replace(metadata, tiff_tags=others)
    white = 1.0 if page.sampleformat == 3 else float(2 ** max(bits, 8) - 1)
    value = nodata * (255 // (2**bits - 1) if bits < 8 else 1)
    value = white - value if photometric == WHITE_IS_ZERO else value
    raw = f"{value:.17g}".encode() + b"\0"
    return replace(metadata, tiff_tags=(*others, IfdEntry(tag=NODATA, type=2, count=len(raw), raw=raw, order="<")))


def _palette(colours: NDArray[np.uint16]) -> Samples:
    """A colour map 3,K of 16 bits as K,3; reduced to 8 bits if it holds 8-bit values (v·257 or v·256)."""
    low, high = colours & 255, colours >> 8
    if np.array_equal(low, high) or not low.any():
        return np.ascontiguousarray(high.astype(np.uint8).T)
    return np.ascontiguousarray(colours.T)


def _check_alpha_is_one(picture: Picture) -> None:
    """Refuse a further band that may not be alpha.

    Its tag does not say so, or the file is a raster of the earth, where some writers tag near infrared as alpha. It is
    accepted if nearly all of it is fully transparent or opaque.
    """
    metadata = picture.metadata
    if picture.alpha is None or not (metadata.alpha_kind == "unspecified" or georeferenced(metadata)):
        return
    if np.mean((picture.alpha == 0) | (picture.alpha == picture.peak)) < ALPHA_SHARE:
        says = "untagged" if metadata.alpha_kind == "unspecified" else "tagged as alpha, but varies as a band does"
        raise ImagingError(BANDS.format(f"has {picture.channels + 1} bands (the last is {says})"))


def _check_alpha(samples: Samples | None) -> None:
    if samples is not None and samples.dtype.kind == "f" and not (samples.min() >= 0.0 and samples.max() <= 1.0):
        raise ImagingError("contains float alpha beyond 0..1; scale it to 0..1 first")


def _metadata(file: IO[bytes], offset: int, alpha_kind: AlphaKind) -> Metadata:
    read = partial(_read, file)
    try:
        form, _, _ = read_header(read)
        found = read_directory(read, form, offset)
    except DamagedDirectoryError as error:
        raise ImagingError("is a damaged TIFF; get a complete copy of the file") from error
    entries = {entry.tag: entry for entry in found.entries}
    described = tuple(e for e in found.entries if e.tag in DESCRIPTIVE and not _of_tifffile(e) and e.type < 16)
    children = {tag: found.children[tag] for tag in (EXIF_IFD, GPS_IFD) if tag in found.children}
    orientation = unsigned(entries[ORIENTATION]) if ORIENTATION in entries else 1
    return Metadata(
        exif=block_of(Directory(entries=described, children=children), form.order) if described or children else None,
        icc=entries[ICC].raw if ICC in entries else None,
        xmp=entries[XMP].raw if XMP in entries else None,
        dpi=_dots_per_inch(entries),
        orientation=orientation if orientation in range(1, 9) else 1,
        alpha_kind=alpha_kind,
        tiff_tags=tuple(e for e in found.entries if e.tag in PRIVATE and e.type < 16),
    )


def _read(file: IO[bytes], position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)


def _of_tifffile(entry: IfdEntry) -> bool:
    """Whether it is the note on the array's shape that tifffile writes by default; a wrong note confuses readers."""
    return entry.tag == DESCRIPTION and entry.raw.startswith(b'{"shape":')


def _dots_per_inch(entries: dict[int, IfdEntry]) -> tuple[float, float] | None:
    unit = unsigned(entries[296]) if 296 in entries else 2
    scale = {2: 1.0, 3: 2.54}.get(unit)
    if scale is None or 282 not in entries or 283 not in entries:
        return None
    x, y = (_ratio(entries[tag]) for tag in (282, 283))
    return (x * scale, y * scale) if x and y else None


def _ratio(entry: IfdEntry) -> float:
    if entry.type != 5 or len(entry.raw) < 8:
        return 0.0
    above, below = struct.unpack(entry.order + "II", entry.raw[:8])
    return above / below if below else 0.0
