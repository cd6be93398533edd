"""NumPy arrays and Pillow images to stored pictures, and results back to the same kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from burnish.errors import ImagingError, UsageError
from burnish.io.picture import PEAKS, Metadata, Picture, check_range, join_alpha, split_alpha
from burnish.ops.invalid import Samples

if TYPE_CHECKING:
    from PIL.Image import Image

Back = Callable[[Picture], object]
"""Converts a resulting picture to the kind of the input."""

_PIL_MODES = ("L", "LA", "RGB", "RGBA", "I;16", "F")
_EXIF = b"Exif\0\0"


def to_picture(value: object) -> tuple[Picture, Back]:
    """A picture, and a function that converts results back to the kind of ``value``: type, dtype and dimensions.

    Args:
        value: A ``Picture``; a NumPy array, H,W or H,W,C with C = 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha),
            uint8, uint16 or float (white at 1, NaN where invalid); or a Pillow image, whose profile and EXIF are kept.

    Raises:
        UsageError: It is something else; says what to give.
    """
    if isinstance(value, Picture):
        return value, lambda made: made
    if isinstance(value, np.ndarray):
        return _of_array(value)
    if is_pillow(value):
        return _of_pillow(value)
    kind = type(value).__name__
    mend = "open it by burnish.read" if isinstance(value, str) or hasattr(value, "__fspath__") else _WANTED
    raise UsageError(f"a {kind} is not a picture; {mend}")


_WANTED = "give a NumPy array H,W or H,W,C (uint8, uint16, or float with white at 1), a Pillow image or burnish.read's"


def to_pictures(frames: Sequence[object]) -> tuple[list[Picture], list[Back]]:
    """``to_picture`` of the frames of one burst or clip.

    Raises:
        UsageError: There are none, one is not a picture, or they differ in size or channels.
    """
    if not frames:
        raise UsageError("an empty list contains no frames; give at least one picture")
    made = [to_picture(frame) for frame in frames]
    if len({picture.pixels.shape for picture, _ in made}) > 1:
        raise UsageError("the frames differ in size or channels; all frames of a burst or clip must agree")
    return [picture for picture, _ in made], [back for _, back in made]


def is_pillow(value: object) -> TypeGuard[Image]:
    """Whether it is a Pillow image; does not import Pillow."""
    return any(kind.__module__ == "PIL.Image" and kind.__name__ == "Image" for kind in type(value).__mro__)


def _of_array(array: Samples) -> tuple[Picture, Back]:
    if isinstance(array, np.ma.MaskedArray):
        raise UsageError("a masked array loses its mask here; fill it with NaN: array.astype('float32').filled(np.nan)")
    if array.ndim not in (2, 3) or 0 in array.shape or (array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4)):
        raise UsageError(f"an array shaped {array.shape} is not a picture; {_shape_mend(array.shape)}")
    pixels, alpha = split_alpha(_samples(array))

    def back(made: Picture) -> Samples:
        samples = join_alpha(made)
        samples = samples[:, :, None] if array.ndim == 3 and samples.ndim == 2 else samples
        return samples.astype(array.dtype, copy=False)

    return Picture(pixels=pixels, alpha=alpha), back


def _shape_mend(shape: tuple[int, ...]) -> str:
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        return "channels come last: np.moveaxis(array, 0, -1)"
    if len(shape) == 4:
        return "give its pictures one by one, or a torch tensor N,C,H,W"
    return "give H,W (grey) or H,W,C with 1 to 4 channels, not empty"


def _samples(array: Samples) -> Samples:
    """The samples in the machine's byte order, in one of the types of stored pictures."""
    if array.dtype.kind == "f":
        samples = array.astype(np.float32)
        try:
            check_range(samples[np.isfinite(samples)])
        except ImagingError as error:
            raise UsageError(f"an array of {array.dtype} {error} (255, 65535, …), or give uint8 or uint16") from error
        return samples
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    if native.dtype.name not in PEAKS:
        raise UsageError(f"an array of {array.dtype} is not a picture; give uint8, uint16, or float with white at 1")
    return native


def _of_pillow(image: Image) -> tuple[Picture, Back]:
    if image.mode not in _PIL_MODES:
        mend = "convert('RGBA')" if "transparency" in image.info else "convert('L')" if image.mode == "1" else ""
        mend = mend or "convert('RGB')"
        raise UsageError(f"a Pillow image of mode {image.mode} is not restored; convert it first: image.{mend}")
    picture, back = _of_array(np.asarray(image))
    exif = image.info.get("exif")
    metadata = Metadata(
        exif=exif.removeprefix(_EXIF) if isinstance(exif, bytes) else None,
        icc=image.info.get("icc_profile"),
        format=getattr(image, "format", None) or "",
    )

    def to_pillow(made: Picture) -> Image:
        from PIL.Image import fromarray

        result = fromarray(np.ascontiguousarray(back(made)))
        result.info = {key: item for key, item in image.info.items() if key not in ("exif", "icc_profile")}
        if made.metadata.exif:
            result.info["exif"] = _EXIF + made.metadata.exif
        if made.metadata.icc:
            result.info["icc_profile"] = made.metadata.icc
        return result

    return replace(picture, metadata=metadata), to_pillow
