"""Whole picture files of every kind, for the tests that cut, bend and inflate them."""

from __future__ import annotations

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms


def _encoded(array: np.ndarray, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    if kind == "TIFF":
        tifffile.imwrite(target, array, metadata=None, **options)
    else:
        Image.fromarray(array).save(target, kind, **options)
    return target.getvalue()


@pytest.fixture(scope="session")
def ramp() -> np.ndarray:
    """64 rows, 80 columns, RGB, 8 bit."""
    return (np.add.outer(np.arange(64), np.arange(80))[:, :, None] * np.array([1, 2, 3]) % 251).astype(np.uint8)


@pytest.fixture(scope="session")
def whole_files(ramp: np.ndarray) -> dict[str, bytes]:
    """Name → the bytes of a sound file that shows the ramp."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "baseline.jpg": _encoded(ramp, "JPEG"),
        "progressive.jpg": _encoded(ramp, "JPEG", progressive=True),
        "restarts.jpg": _encoded(ramp, "JPEG", restart_marker_rows=1),
        "plain.png": _encoded(ramp, "PNG"),
        "deep.png": bytes(imagecodecs.png_encode(ramp.astype(np.uint16) * 257)),
        "lossless.webp": _encoded(ramp, "WEBP", lossless=True),
        "lossy.webp": _encoded(ramp, "WEBP", icc_profile=icc),
        "plain.bmp": _encoded(ramp, "BMP"),
        "plain.tif": _encoded(ramp, "TIFF", rowsperstrip=9),
        "lzw.tif": _encoded(ramp, "TIFF", compression="lzw", predictor=True),
        "deflate-tiles.tif": _encoded(ramp, "TIFF", compression="zlib", tile=(32, 32)),
        "big-endian.tif": _encoded(ramp.astype(np.uint16), "TIFF", byteorder=">", compression="packbits"),
        "jpeg.tif": _encoded(ramp, "TIFF", compression="jpeg", photometric="ycbcr"),
        "big.tif": _encoded(ramp, "TIFF", bigtiff=True),
    }
