"""The transfer curve of a picture's values: from its ICC profile, its PNG chunks, or its kind of file."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from burnish.errors import ImagingError, UsageError
from burnish.io.picture import Metadata, Picture
from burnish.ops.transfer import LINEAR, S_RGB, Sampled, Transfer, transfer_named

CHOICES = ("auto", "srgb", "linear", "icc")
"""The choices of the host's setting: by the picture; one of the two curves; the ICC profile's own."""
SAMPLES = 4097
"""Number of samples of a curve."""
ALIKE = 0.002
"""Largest difference in light at which a sampled curve counts as sRGB's or as linear: half a level of 8 bit."""

_TAGS = {1: (b"kTRC",), 3: (b"rTRC", b"gTRC", b"bTRC")}
_MOST_TAGS = 1000


def transfer_of(picture: Picture, choice: str = "auto") -> Transfer:
    """The curve of a picture's values.

    ``auto``: the curve of its ICC profile, else what its PNG chunks say (cICP, sRGB, gAMA), else ``linear`` for float32
    and for 16-bit TIFF, which hold measurements and developed raw data, and ``srgb`` for all others: 8 bits are
    photographs, and PNG's own specification takes untagged pictures for sRGB at 16 bits, too. A profile without a curve
    (one of lookup tables) counts as none.

    Args:
        picture: The picture.
        choice: One of ``CHOICES``.

    Raises:
        UsageError: Another choice.
        ImagingError: ``icc`` where there is no profile, or none with a curve.
    """
    if choice not in CHOICES:
        raise UsageError(f"transfer {choice!r} is unknown; use one of {', '.join(CHOICES)}")
    if choice in ("srgb", "linear"):
        return transfer_named(choice)
    found = profile_curve(picture.metadata.icc, picture.channels) if picture.metadata.icc else None
    if found is not None:
        return found
    if choice == "icc":
        fact = "has an ICC profile without a curve" if picture.metadata.icc else "has no ICC profile"
        raise ImagingError(f"{fact}; give --transfer srgb or linear instead of icc")
    measured = picture.pixels.dtype.name == "float32" or (
        picture.pixels.dtype.name == "uint16" and picture.metadata.format == "TIFF"
    )
    return _by_chunks(picture.metadata) or (LINEAR if measured else S_RGB)


def profile_curve(profile: bytes, channels: int) -> Transfer | None:
    """The curve of an ICC profile; None if the profile has none for that many channels, or is damaged.

    It is in the tags ``rTRC``, ``gTRC``, ``bTRC`` or ``kTRC``.

    Reference: ICC.1:2022, sections 7.3, 10.6 (curv) and 10.18 (para).
    """
    try:
        tags = _tags(profile)
        wanted = _TAGS.get(channels, ())
        curves = [_curve(tags[name]) for name in wanted if name in tags]
    except (struct.error, IndexError, ValueError):
        return None
    if len(curves) != len(wanted) or not curves or not all(_sound(curve) for curve in curves):
        return None
    return _settled(Sampled("icc", [curve.tolist() for curve in curves]))


def _settled(curve: Sampled) -> Transfer:
    """The curve, or the standard one that it approximates."""
    return next((known for known in (S_RGB, LINEAR) if curve.far_from(known) <= ALIKE), curve)


def _by_chunks(metadata: Metadata) -> Transfer | None:
    chunks = dict(metadata.png_chunks)
    coded = chunks.get(b"cICP", b"")
    if len(coded) == 4 and coded[1] in _CODED:
        return _CODED[coded[1]]
    if b"sRGB" in chunks:
        return S_RGB
    if len(chunks.get(b"gAMA", b"")) == 4 and (gamma := int.from_bytes(chunks[b"gAMA"], "big")):
        if abs(gamma - 45455) < 500:  # the nearest power that writers of sRGB use
            return S_RGB
        return _settled(Sampled("gamma", [(_grid() ** (100000 / gamma)).tolist()]))
    return None


_CODED: dict[int, Transfer] = {8: LINEAR, 13: S_RGB}
"""ITU-T H.273's numbers of transfer characteristics."""


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    found = {}
    for index in range(min(count, _MOST_TAGS)):
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        found[name] = profile[start : start + size]
    return found


def _curve(tag: bytes) -> NDArray[np.float64]:
    """A tag of type curv or para, sampled."""
    kind = tag[:4]
    if kind == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return _grid()
        values = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
        if count == 1:
            return _power(values[0] / 256.0)
        return np.interp(_grid(), np.linspace(0.0, 1.0, count), values / 65535.0)
    if kind == b"para":
        (function,) = struct.unpack_from(">H", tag, 8)
        return _parametric(function, np.array(struct.unpack_from(f">{_PARAMETERS[function]}i", tag, 12)) / 65536.0)
    raise ValueError(f"no curve: {kind!r}")


_PARAMETERS = (1, 3, 4, 5, 7)


def _parametric(function: int, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Y = (a X + b)^g + e from X = d on, c X + f below it; functions 0 to 4 of section 10.18."""
    g, a, b, c, d, e, f = 1.0, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0
    if function == 0:
        (g,) = parameters
    elif function in (1, 2):
        g, a, b = parameters[:3]
        d = -b / a if a else 0.0
        e = f = parameters[3] if function == 2 else 0.0
    else:
        g, a, b, c, d = parameters[:5]
        e, f = parameters[5:] if function == 4 else (0.0, 0.0)
    x = _grid()
    return np.where(x >= d, np.maximum(a * x + b, 0.0) ** g + e, c * x + f)


def _power(exponent: float) -> NDArray[np.float64]:
    values: NDArray[np.float64] = _grid() ** exponent
    return values


def _grid() -> NDArray[np.float64]:
    return np.linspace(0.0, 1.0, SAMPLES)


def _sound(curve: NDArray[np.float64]) -> bool:
    """Whether a curve runs from black to white."""
    return bool(np.isfinite(curve).all() and abs(curve[0]) < 0.1 and 0.5 < curve[-1] < 1.5 and curve[-1] > curve[0])
