"""From the bytes of a request to the bytes of a response; refuses other data and too large pictures."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from burnish.errors import BurnishError, ImagingError, RestorationError
from burnish.io.formats.lookup import every, of_head
from burnish.plugins.declarations import FormatSpec

from burnish_flows.serving.refusing import RefusedError

if TYPE_CHECKING:
    from burnish.io import Picture
    from burnish.io.isolation.isolated import DecodeLimits
    from burnish.restorer.options import RestoreOptions

    from burnish_flows.serving.following import Served

FORMATS = {one.suffix[1:]: one for one in every()}
"""Suffix → the format of pictures that can be sent."""

TYPES = {suffix: one.spec.media_type for suffix, one in FORMATS.items() if one.spec.writes}
"""Suffix of what can be answered → media type."""

_log = logging.getLogger("burnish.serve")


@dataclass(frozen=True, kw_only=True)
class RestoredPicture:
    """A restored picture."""

    content: bytes
    media_type: str
    served: str
    """The version that made it: ``denoise:3``."""
    pixels: int
    """Of the picture that was sent."""
    damage: str = ""
    """Its damage, if damaged files are allowed."""
    notes: tuple[str, ...] = ()
    """What was scaled, clipped, or not kept."""


def suffix_of(head: bytes) -> str:
    """The suffix of the format that a file's first bytes tell.

    Raises:
        RefusedError: 415, none that is read here.
    """
    found = of_head(head)
    if found is None:
        known = ", ".join(one.called for one in FORMATS.values())
        raise RefusedError(415, f"the body is not a picture; send the bytes of one of these: {known}")
    return found.suffix[1:]


def decoded(body: IO[bytes], *, max_pixels: int, limits: DecodeLimits, allow_damaged: bool) -> Picture:
    """The picture in ``body``, decoded by another process.

    Raises:
        RefusedError: 413 or 422, with one line that says why.
    """
    from burnish.io.formats.damage import CHOICE, MEND
    from burnish.io.isolation.isolated import read_isolated

    try:
        return read_isolated(body, max_pixels=max_pixels, limits=limits, allow_damaged=allow_damaged)
    except ImagingError as error:
        text = f"the picture {error}".replace(CHOICE, MEND)
        raise RefusedError(413 if "million pixels" in text else 422, text.partition("; set BURNISH")[0]) from error


def answer(
    served: Served, picture: Picture, *, suffix: str, sigma: float | None, wanted: str, options: RestoreOptions
) -> RestoredPicture:
    """Restore a picture.

    Args:
        served: The version that does it.
        picture: What was sent.
        suffix: Of its format.
        sigma: The noise's standard deviation in [0, 1], where the restorer needs it.
        wanted: Suffix of the answer's format; empty: that of the request, PNG for JPEG.
        options: How it is restored.

    Raises:
        RefusedError: 4xx, with one line that says why.
    """
    from burnish.inference.pictures import restore_picture_detailed
    from burnish.io.files import encode_picture
    from burnish.io.metadata_loss import not_kept

    target = wanted or _answered(FORMATS[suffix].spec)
    try:
        restored = restore_picture_detailed(served.loaded, picture, conditions(served, sigma), options)
        content = encode_picture(restored.picture, f".{target}")
    except (ImagingError, RestorationError) as error:
        raise RefusedError(422, f"the picture {error}" if isinstance(error, ImagingError) else str(error)) from error
    except RefusedError:
        raise
    except BurnishError as error:  # what else goes wrong names files and addresses of this machine
        _log.warning("a picture could not be restored by %s: %s", served.name, " ".join(str(error).split()))
        raise RefusedError(422, f"{served.name} cannot restore this picture; see the server's log") from error
    return RestoredPicture(
        content=content,
        media_type=TYPES[target],
        served=served.name,
        pixels=picture.height * picture.width,
        damage=picture.damage,
        notes=restored.notes + not_kept(picture, restored.picture, Path(f"picture.{target}")),
    )


def _answered(spec: FormatSpec) -> str:
    """The suffix of the format that an answer is written in: that of the request, if it loses nothing there."""
    if spec.writes and spec.lossless:
        return spec.suffixes[0][1:]
    return "tif" if "float32" in spec.depths else "png"


def conditions(served: Served, sigma: float | None) -> dict[str, float]:
    """The conditions that the restorer receives with the picture.

    Raises:
        RefusedError: 422, something is missing.
    """
    needed = "sigma" in served.loaded.spec.needs
    if needed and sigma is None:
        raise RefusedError(422, f"{served.name} needs the noise level: add ?sigma=0.1 (standard deviation in [0, 1])")
    return {"sigma": sigma} if needed and sigma is not None else {}
