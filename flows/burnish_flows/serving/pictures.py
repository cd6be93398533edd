"""From the bytes of a request to the bytes of an answer; what is no picture, or too large a one, is refused."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import BurnishError, ImagingError, RestorationError

if TYPE_CHECKING:
    from burnish_flows.serving.following import Served

TYPES = {"png": "image/png", "jpg": "image/jpeg", "tif": "image/tiff", "webp": "image/webp", "bmp": "image/bmp"}
"""Suffix → media type."""

LOSSLESS = {"jpg": "png"}
"""What an answer is written as where the request's own format would lose something."""

_log = logging.getLogger("burnish.serve")


class RefusedError(BurnishError):
    """A request that gets an answer of 4xx."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A restored picture."""

    content: bytes
    media_type: str
    served: str
    """The version that made it: ``denoise:3``."""


def suffix_of(head: bytes) -> str:
    """The suffix of the format that a file's first bytes tell.

    Raises:
        RefusedError: 415, none that is read here.
    """
    from burnish.imaging.files import FORMATS, format_of

    kind = format_of(head)
    for suffix in TYPES:
        if FORMATS[f".{suffix}"] == kind:
            return suffix
    raise RefusedError(415, "the body is no picture; send the bytes of a PNG, JPEG, TIFF, WebP or BMP file")


def answer(served: Served, body: Path, *, sigma: float | None, wanted: str, max_pixels: int) -> Answer:
    """Restore the picture in ``body``.

    Args:
        served: The version that does it.
        body: The request's bytes as a file.
        sigma: The noise's standard deviation in [0, 1], where the restorer needs it.
        wanted: Suffix of the answer's format; empty: that of the request, PNG for JPEG.
        max_pixels: Largest picture, in and out.

    Raises:
        RefusedError: 4xx, with one line that says why.
    """
    from burnish.imaging import read_picture, write_picture
    from burnish.imaging.files import HEAD
    from burnish.inference import restore_picture

    with body.open("rb") as stream:
        suffix = suffix_of(stream.read(HEAD))
    named = body.with_suffix(f".{suffix}")
    body.rename(named)
    conditions = _conditions(served, sigma)
    try:
        picture = read_picture(named, max_pixels=max_pixels // served.loaded.scale**2)
        restored = restore_picture(served.loaded, picture, conditions)
        target = named.with_name(f"restored.{wanted or LOSSLESS.get(suffix, suffix)}")
        write_picture(target, restored)
    except ImagingError as error:
        text = str(error).replace(str(named), "the picture").replace(str(named.parent), "")
        raise RefusedError(413 if "million pixels" in text else 422, text) from error
    except RestorationError as error:
        raise RefusedError(422, str(error)) from error
    except BurnishError as error:  # what else goes wrong names files and addresses of this machine
        _log.warning("a picture could not be restored by %s: %s", served.name, " ".join(str(error).split()))
        raise RefusedError(422, f"{served.name} cannot restore this picture; the server's log says why") from error
    return Answer(content=target.read_bytes(), media_type=TYPES[target.suffix[1:]], served=served.name)


def workplace() -> tempfile.TemporaryDirectory[str]:
    """A folder of one request, removed after it."""
    return tempfile.TemporaryDirectory(prefix="burnish-serve-")


def _conditions(served: Served, sigma: float | None) -> dict[str, float]:
    needed = "sigma" in served.loaded.spec.needs
    if needed and sigma is None:
        raise RefusedError(422, f"{served.name} must be told the noise: add ?sigma=0.1 (its deviation in [0, 1])")
    return {"sigma": sigma} if needed and sigma is not None else {}
