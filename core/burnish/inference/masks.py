"""Conditions that are one of two values for each pixel (``mask``, ``saturated``), from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from burnish.errors import UsageError
from burnish.restorer.restorer import Restorer


def read_mask(path: Path) -> Tensor:
    """Read a picture of black and one other value, or an ``.npy`` array of 0 and one other value.

    Returns:
        1,1,H,W float32 in the stored layout: 0 where it is black, else 1.

    Raises:
        UsageError: It is missing or unreadable, has colours, NaN, or other values besides.
        ImagingError: The picture cannot be read.
    """
    path = Path(path)
    values = _array(path) if path.suffix.lower() == ".npy" else _picture(path)
    levels = np.unique(values[values != 0])
    if len(levels) > 1:
        raise UsageError(
            f"{path}: has grey pixels; give a mask of black and white alone, as PNG or TIFF (JPEG does not keep it)"
        )
    return torch.from_numpy((values != 0).astype(np.float32))[None, None]


def refuse_unused_mask(loaded: Restorer) -> None:
    """Refuse a mask for a restorer that takes none: it would use the pixels that it is to leave out.

    Raises:
        UsageError: It takes none; says which do, and what to do instead.
    """
    if "mask" not in loaded.spec.needs | loaded.spec.accepts:
        raise UsageError(
            f"{loaded.label} takes no mask; use a restorer that accepts one (`burnish show ID`), or a float TIFF with "
            "NaN in those pixels, which every restorer leaves as they are"
        )


def _picture(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    from burnish.io import read_picture

    if not path.exists():
        raise UsageError(f"{path}: the mask is missing; give its path")
    picture = read_picture(path)
    if picture.invalid.any():
        raise UsageError(
            f"{path}: the mask has pixels without data (NaN or its nodata value); make them black or white"
        )
    pixels = picture.pixels.astype(np.float32)
    if not (pixels == pixels[:, :, :1]).all():
        raise UsageError(f"{path}: has colours; give a mask of black and white")
    return pixels[:, :, 0]


def _array(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    try:
        values = np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
    except OSError as error:
        raise UsageError(f"{path}: the mask cannot be read ({error.strerror or error}); give its path") from error
    except (ValueError, TypeError, EOFError) as error:
        fact = " ".join(str(error).split())
        raise UsageError(f"{path}: contains no array of numbers ({fact}); write it with numpy.save") from error
    if values.ndim != 2 or not np.isfinite(values).all():
        raise UsageError(
            f"{path}: the mask is an array of {values.ndim} dimensions or not finite; give rows and columns"
        )
    return values
