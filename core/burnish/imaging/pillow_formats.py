"""JPEG and BMP through Pillow's own decoders: the pixels are exactly libjpeg-turbo's as Pillow gives them.

The decoder classes are opened directly, so that the limit on pixels is burnish's and no global setting of Pillow's.
"""

from __future__ import annotations

import io
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, Image, ImageFile, JpegImagePlugin

from burnish.errors import ImagingError
from burnish.imaging.exif import orientation_of, with_orientation
from burnish.imaging.limits import check_size
from burnish.imaging.picture import Metadata, Picture, join_alpha, split_alpha

LONGEST_JPEG_SIDE = 65_500
"""libjpeg's own limit in pixels."""
MEND_ALPHA = "write .png, .tif or .webp to keep it"
EXIF_MARK = b"Exif\0\0"


def read_jpeg(file: IO[bytes], limit: int) -> Picture:
    """Decode a grey or colour JPEG; of several pictures in one file (MPO) the first, which is the main one."""
    image = JpegImagePlugin.JpegImageFile(file)
    samples = _decoded(image, limit, {"L", "RGB"})
    info = image.info
    exif = info.get("exif")
    exif = exif[len(EXIF_MARK) :] if isinstance(exif, bytes) and exif.startswith(EXIF_MARK) else None
    pixels, _ = split_alpha(samples)
    metadata = Metadata(
        exif=exif or None,
        icc=info.get("icc_profile") or None,
        xmp=info.get("xmp") or None,
        dpi=_jfif_dots(info.get("jfif_unit"), info.get("jfif_density")),
        orientation=orientation_of(exif),
    )
    return Picture(pixels=pixels, metadata=metadata)


def write_jpeg(picture: Picture, quality: int) -> bytes:
    """Encode as baseline JPEG without colour subsampling (4:4:4)."""
    if picture.pixels.dtype.name != "uint8":
        raise ImagingError(
            f"JPEG holds 8 bits, the picture is {picture.pixels.dtype.name}; write .png or .tif (float32: .tif)"
        )
    if picture.alpha is not None:
        raise ImagingError(f"JPEG holds no alpha; {MEND_ALPHA}")
    if max(picture.height, picture.width) > LONGEST_JPEG_SIDE:
        raise ImagingError(f"JPEG holds up to {LONGEST_JPEG_SIDE} pixels a side; write .png or .tif")
    metadata = picture.metadata
    exif = with_orientation(metadata.exif, metadata.orientation)
    options: dict[str, Any] = {"quality": quality, "subsampling": 0}
    options |= {"exif": EXIF_MARK + exif} if exif else {}
    options |= {"icc_profile": metadata.icc} if metadata.icc else {}
    options |= {"xmp": metadata.xmp} if metadata.xmp else {}
    if metadata.dpi is not None:
        options["dpi"] = tuple(min(max(round(dots), 1), 65535) for dots in metadata.dpi)
    target = io.BytesIO()
    try:
        Image.fromarray(join_alpha(picture)).save(target, "JPEG", **options)
    except ValueError as error:
        raise ImagingError(f"does not fit JPEG ({error}); write .png or .tif, or strip EXIF and XMP") from error
    return target.getvalue()


def read_bmp(file: IO[bytes], limit: int) -> Picture:
    """Decode a BMP: 1 bit and grey stay grey, palettes become RGB."""
    image = BmpImagePlugin.BmpImageFile(file)
    samples = _decoded(image, limit, {"1", "L", "P", "RGB", "RGBA"})
    pixels, alpha = split_alpha(samples)
    dpi = image.info.get("dpi")
    known = isinstance(dpi, tuple) and min(dpi) > 0
    return Picture(pixels=pixels, alpha=alpha, metadata=Metadata(dpi=dpi if known else None))


def write_bmp(picture: Picture) -> bytes:
    """Encode as BMP, which holds 8-bit grey or RGB and a resolution, and nothing else."""
    metadata = picture.metadata
    if picture.pixels.dtype.name != "uint8" or picture.alpha is not None:
        raise ImagingError("BMP is written with 8 bits and without alpha only; write .png or .tif")
    if metadata.exif or metadata.icc or metadata.xmp or metadata.orientation != 1:
        raise ImagingError("BMP holds neither EXIF, ICC nor XMP; write .png or .tif")
    target = io.BytesIO()
    options = {} if metadata.dpi is None else {"dpi": metadata.dpi}
    Image.fromarray(join_alpha(picture)).save(target, "BMP", **options)
    return target.getvalue()


def _decoded(image: ImageFile.ImageFile, limit: int, modes: set[str]) -> NDArray[Any]:
    """The samples of an opened file as H,W or H,W,S uint8, after its header was found acceptable."""
    check_size(*image.size, limit)
    if image.mode not in modes:
        raise ImagingError(f"has colour mode {image.mode}, which is neither grey nor RGB; convert it to RGB first")
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise ImagingError(
            "cannot be read safely: PIL.ImageFile.LOAD_TRUNCATED_IMAGES passes damaged files; set it to False"
        )
    image.load()
    plain = {"1": "L", "P": "RGB"}.get(image.mode)
    return np.array(image.convert(plain) if plain else image)


def _jfif_dots(unit: Any, density: Any) -> tuple[float, float] | None:
    scale = {1: 1.0, 2: 2.54}.get(unit)
    if scale is None or not isinstance(density, tuple) or min(density) < 1:
        return None
    return density[0] * scale, density[1] * scale
