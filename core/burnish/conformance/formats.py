"""Checks of a format: what it writes is read again, nothing is lost in silence, and no file can harm."""

from __future__ import annotations

import io
import itertools
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from burnish.conformance.samples import pictures
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.errors import ImagingError
from burnish.io.formats.lookup import HEAD, Format
from burnish.io.formats.own import OWN
from burnish.io.picture import PEAKS, Metadata, Picture
from burnish.plugins.declarations import FormatSpec

if TYPE_CHECKING:
    from burnish.ops.invalid import Samples

SIZES = ((1, 1), (1, 7), (7, 1), (16, 16), (33, 17))
"""Height and width in pixels."""
MAKE, MAKER = 271, "A maker of cameras"
"""EXIF's tag, and a value for it."""
_EXIF = b"Exif\0\0"
CLOSE = 0.02
"""Largest root-mean-square difference, in [0, 1], that a lossy format may make at quality 95."""


def questions(spec: FormatSpec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    others: Questions = [claims_suffixes_of_its_own]
    if not spec.writes:
        return [has_a_reader_and_a_writer], others
    others += [
        reads_what_it_writes,
        writes_files_that_begin_as_declared,
        writes_the_same_bytes_twice,
        leaves_pictures_as_they_are,
        refuses_too_many_pixels,
        refuses_files_that_are_cut_short,
        survives_damaged_files,
    ]
    if spec.keeps - {"orientation", "alpha_kind", "png_chunks", "tiff_tags"}:
        others.append(keeps_what_it_declares)
    return [has_a_reader_and_a_writer, writes_bytes_and_reads_a_picture], others


def has_a_reader_and_a_writer(subject: Subject) -> None:
    """What the factory makes has a method ``read``, and ``write`` unless its files are only read."""
    wanted = ("read", "write") if subject.spec.writes else ("read",)
    lacking = [name for name in wanted if not callable(getattr(subject.instance, name, None))]
    demand(not lacking, f"it has no method {' and no method '.join(lacking)}; see burnish.protocols.FormatLike")


def writes_bytes_and_reads_a_picture(subject: Subject) -> None:
    """``write`` gives bytes, and ``read`` makes a ``burnish.Picture`` of them."""
    content = _written(subject, sample(subject.spec))
    demand(isinstance(content, bytes), f"it writes a {type(content).__name__}; return the bytes of the file")
    back = _read(subject, content)
    demand(isinstance(back, Picture), f"it reads a {type(back).__name__}; return a burnish.Picture")


def claims_suffixes_of_its_own(subject: Subject) -> None:
    """The suffixes of the host's own formats stay with the host: a file must not be read in another way in silence."""
    if subject.entry.distribution == "burnish":
        return
    taken = {suffix: spec.called for spec in OWN for suffix in spec.suffixes}
    claimed = [suffix for suffix in subject.spec.suffixes if suffix in taken]
    demand(not claimed, f"{claimed[0] if claimed else ''} is the host's own; its files would never reach this format")


def reads_what_it_writes(subject: Subject) -> None:
    """Every declared depth, grey and colour, with alpha, of small and odd sizes: sample for sample if lossless.

    Colours may be added to grey, where a format has no grey.
    """
    for depth, channels, alpha, (height, width) in _cases(subject.spec):
        given = _picture(depth, channels, alpha, height, width)
        what = f"a picture of {height}×{width}, {'grey' if channels == 1 else 'RGB'} {depth}{' with alpha' * alpha}"
        try:
            back = _read(subject, _written(subject, given))
        except Exception as error:
            demand(False, f"{what}: {type(error).__name__}: {error}")
        demand(back.pixels.shape[:2] == (height, width), f"{what} comes back as {back.pixels.shape}")
        demand(back.pixels.dtype == given.pixels.dtype, f"{what} comes back as {back.pixels.dtype}")
        demand((back.alpha is None) == (not alpha), f"{what} comes back {'without' if alpha else 'with'} alpha")
        _demand_equal(subject.spec, what, given.pixels, back.pixels)
        if given.alpha is not None and back.alpha is not None:
            _demand_equal(subject.spec, f"the alpha of {what}", given.alpha, back.alpha)


def writes_files_that_begin_as_declared(subject: Subject) -> None:
    """A written file has one of the declared marks, so that it is recognised again."""
    if subject.spec.marks:
        head = _written(subject, sample(subject.spec))[:HEAD]
        fits = Format(subject.entry).begins(head)
        demand(fits, f"a file begins with {head.hex()}, which none of marks={list(subject.spec.marks)} fits")


def writes_the_same_bytes_twice(subject: Subject) -> None:
    """The same picture is the same file, also by another instance: neither time nor chance is in it."""
    given = sample(subject.spec)
    again = subject.make().write(given, quality=95)
    demand(_written(subject, given) == again, "the same picture became two different files")


def leaves_pictures_as_they_are(subject: Subject) -> None:
    """Writing changes nothing in the picture."""
    given = sample(subject.spec)
    before = given.pixels.copy()
    subject.instance.write(given, quality=95)
    demand(bool(np.array_equal(before, given.pixels)), "it writes into the picture; work on a copy")


def refuses_too_many_pixels(subject: Subject) -> None:
    """More pixels than ``max_pixels`` are refused with an ``ImagingError``, before they are decoded."""
    content = _written(subject, _picture(subject.spec.depths[0], 1, False, 16, 16))
    try:
        subject.instance.read(io.BytesIO(content), max_pixels=16 * 16 - 1, allow_damaged=False)
    except ImagingError:
        return
    fact = "it reads 16×16 pixels though at most 255 are allowed"
    demand(False, f"{fact}; call burnish.io.check_size with the size that the header declares")


def refuses_files_that_are_cut_short(subject: Subject) -> None:
    """Of half a file no picture is made, unless damaged files are allowed: then the picture's ``damage`` says so."""
    content = _written(subject, _picture(subject.spec.depths[0], 1, False, 64, 64))
    half = content[: len(content) // 2]
    try:
        subject.instance.read(io.BytesIO(half), max_pixels=10**6, allow_damaged=False)
    except Exception:
        pass
    else:
        demand(False, "it reads half a file as if it were whole; refuse it with burnish.errors.ImagingError")
    try:
        part = subject.instance.read(io.BytesIO(half), max_pixels=10**6, allow_damaged=True)
    except Exception:
        return
    demand(bool(part.damage), "it reads half a file, as was allowed, but the picture's damage does not say so")


def survives_damaged_files(subject: Subject) -> None:
    """Of files with wrong bytes it makes a picture or raises an ``Exception``; it does not end the process."""
    draw = random.Random(0)
    content = _written(subject, _picture(subject.spec.depths[0], 1, False, 16, 16))
    for _ in range(64):
        spoiled = bytearray(content)
        for at in (draw.randrange(len(spoiled)), draw.randrange(min(32, len(spoiled)))):
            spoiled[at] = draw.randrange(256)
        try:
            subject.instance.read(io.BytesIO(bytes(spoiled)), max_pixels=10**5, allow_damaged=False)
        except Exception:
            continue
        except BaseException as error:
            demand(False, f"of a damaged file it raises {type(error).__name__}, which ends the process")


def keeps_what_it_declares(subject: Subject) -> None:
    """EXIF, ICC profile, XMP and resolution, those that ``keeps`` names, are read again as they were."""
    told = {
        "exif": _exif(),
        "icc": _profile(),
        "xmp": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
        "dpi": (300.0, 150.0),
    }
    kept = {name: value for name, value in told.items() if name in subject.spec.keeps}
    given = replace(sample(subject.spec), metadata=Metadata(**kept))  # type: ignore[arg-type]
    back = _read(subject, _written(subject, given))
    for name, value in kept.items():
        found = getattr(back.metadata, name)
        if name == "dpi":
            same = bool(np.allclose(found or (0, 0), (300.0, 150.0), rtol=0.01))
        else:
            same = (_maker(found) == MAKER) if name == "exif" else found == value
        demand(same, f"keeps names {name}, but what is read is not what was written")


def _cases(spec: FormatSpec) -> itertools.product[tuple[str, int, bool, tuple[int, int]]]:
    channels = (1, 3) if "channel" in spec.axes else (1,)
    return itertools.product(spec.depths, channels, (False, True) if spec.alpha else (False,), SIZES)


def sample(spec: FormatSpec) -> Picture:
    """A picture that the format can hold."""
    return _picture(spec.depths[0], 3 if "channel" in spec.axes else 1, False, 33, 17)


def _picture(depth: str, channels: int, alpha: bool, height: int, width: int) -> Picture:
    """A natural picture; as float32 it goes a little beyond white, as stars do."""
    values = pictures(1, 3 + 1, height, width)[0].numpy().transpose(1, 2, 0)
    peak = PEAKS[depth]
    levels = values * 1.5 if depth == "float32" else np.round(values * peak)
    samples = levels.astype(depth)
    return Picture(
        pixels=np.ascontiguousarray(samples[:, :, :channels]),
        alpha=np.ascontiguousarray(np.minimum(samples[:, :, 3], peak).astype(depth)) if alpha else None,
    )


def _written(subject: Subject, picture: Picture) -> bytes:
    content: bytes = subject.instance.write(picture, quality=95)
    return content


def _read(subject: Subject, content: bytes) -> Picture:
    back: Picture = subject.instance.read(io.BytesIO(content), max_pixels=10**6, allow_damaged=False)
    return back


def _demand_equal(spec: FormatSpec, what: str, given: Samples, back: Samples) -> None:
    if spec.lossless:
        demand(bool(np.array_equal(np.broadcast_to(given, back.shape), back)), f"{what} comes back with other values")
        return
    off = float(np.sqrt(np.mean((given.astype(float) - back.astype(float)) ** 2))) / PEAKS[given.dtype.name]
    demand(off <= CLOSE, f"{what} comes back {off:.3f} (root mean square) off at quality 95")


def _exif() -> bytes:
    from PIL import Image

    block = Image.Exif()
    block[MAKE] = MAKER
    return block.tobytes().removeprefix(_EXIF)


def _maker(exif: bytes | None) -> object:
    """The camera's maker; a format may lay the block out anew."""
    from PIL import Image

    block = Image.Exif()
    block.load(_EXIF + (exif or b""))
    return block.get(MAKE)


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
