"""Middlebury's ``.flo`` files: a tag, width and height, then dx and dy of every pixel, all little endian."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import torch
from burnish.errors import ImagingError
from burnish.io import pixel_limit, write_whole
from torch import Tensor

TAG = b"PIEH"
"""The first four bytes; as a float 202021.25."""
UNKNOWN = 1e9
"""Larger components mean that the flow is unknown there."""
UNKNOWN_VALUE = 1.666666752e9
"""What is written for an unknown component (the value that Middlebury's own code writes)."""

_HEADER = struct.Struct("<4sii")


def read_flo(path: Path | str) -> Tensor:
    """The flow of a file, 2,H,W float32 in pixels; NaN where it is unknown.

    Format: S. Baker et al., "A Database and Evaluation Methodology for Optical Flow", doi:10.1007/s11263-010-0390-2.

    Raises:
        ImagingError: The file is missing, of another format, cut short, or larger than the limit on pictures.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            width, height = _size(path, file.read(_HEADER.size))
            content = file.read(8 * width * height + 1)
    except OSError as error:
        raise ImagingError(f"{path}: cannot be read ({error.strerror}); give a .flo file") from error
    if len(content) != 8 * width * height:
        raise ImagingError(
            f"{path}: does not contain {width}×{height} vectors: it is truncated or not a .flo file; copy it again"
        )
    values = np.frombuffer(content, "<f4").reshape(height, width, 2).astype(np.float32)
    known = (np.abs(values) <= UNKNOWN).all(axis=2, keepdims=True)  # False for NaN as well
    return torch.from_numpy(np.ascontiguousarray(np.where(known, values, np.float32("nan")).transpose(2, 0, 1)))


def write_flo(path: Path | str, flow: Tensor) -> None:
    """Write a flow 2,H,W in pixels, whole or not at all; NaN means unknown."""
    if flow.ndim != 3 or flow.shape[0] != 2:
        raise ImagingError(f"{path}: a tensor shaped {tuple(flow.shape)} is not a flow; give 2,H,W")
    values = flow.detach().to(device="cpu", dtype=torch.float32).permute(1, 2, 0).numpy()
    values = np.where(np.isfinite(values).all(axis=2, keepdims=True), values, np.float32(UNKNOWN_VALUE))
    head = _HEADER.pack(TAG, flow.shape[2], flow.shape[1])
    write_whole(Path(path), head + np.ascontiguousarray(values, "<f4").tobytes())


def _size(path: Path, head: bytes) -> tuple[int, int]:
    """Width and height in a file's header."""
    if len(head) < _HEADER.size or head[:4] != TAG:
        raise ImagingError(f"{path}: is not a .flo file; give a flow in Middlebury's format")
    _, width, height = _HEADER.unpack(head)
    if width < 1 or height < 1 or width * height > pixel_limit(None):
        raise ImagingError(f"{path}: states an impossible size of {width}×{height}: the file is damaged; copy it again")
    return width, height
