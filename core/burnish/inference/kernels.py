"""A blur's point-spread function from a file: array, text or picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from burnish.errors import UsageError


def read_kernel(path: Path) -> Tensor:
    """Read a kernel for the condition ``kernel``.

    ``.npy`` is read without pickles; ``.txt`` and ``.csv`` hold one row a line; anything else is a picture, whose
    channels are averaged. Values are divided by their sum. A kernel that is higher than wide, or wider than high, is
    put in the middle of a square of zeros.

    Returns:
        1,k,k float32: non-negative, sums to 1, k odd; in the orientation of convolution.

    Raises:
        UsageError: It is missing, unreadable, negative, empty, has pixels without data, or an even side (whose middle
            would be a guess).
        ImagingError: The picture cannot be read.
    """
    values = _values(Path(path))
    if values.ndim != 2:
        raise UsageError(f"{path}: the kernel has {values.ndim} dimensions; give rows and columns")
    if not np.isfinite(values).all() or (values < 0).any() or not 0 < values.sum() < np.inf:
        raise UsageError(f"{path}: a kernel must be finite, without negative values and not all zero; this one is not")
    rows, columns = values.shape
    if rows % 2 == 0 or columns % 2 == 0:
        raise UsageError(f"{path}: the kernel is {columns}×{rows}; give odd sides (add a row or column of zeros)")
    side = max(rows, columns)
    square = np.zeros((side, side))
    top, left = (side - rows) // 2, (side - columns) // 2
    square[top : top + rows, left : left + columns] = values / values.sum()
    return torch.from_numpy(square).float()[None]


def _values(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    suffix = path.suffix.lower()
    if suffix not in {".npy", ".txt", ".csv"}:
        from burnish.io import read_picture, to_tensor

        picture = read_picture(path)
        if picture.invalid.any():
            raise UsageError(
                f"{path}: the kernel has pixels without data (NaN, infinite or its nodata value); fill them"
            )
        return to_tensor(picture)[0].mean(dim=0).double().numpy()
    try:
        if suffix == ".npy":
            return np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)
        return np.loadtxt(path, dtype=np.float64, delimiter="," if suffix == ".csv" else None, ndmin=2)
    except OSError as error:
        raise UsageError(f"{path}: the kernel cannot be read ({error.strerror or error}); give its path") from error
    except (ValueError, TypeError, EOFError) as error:
        fact = " ".join(str(error).split())
        raise UsageError(
            f"{path}: contains no array of numbers ({fact}); write it with numpy.save or savetxt"
        ) from error
