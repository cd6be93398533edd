"""Growing a picture to a size that a restorer takes: mirrored where there is enough of it, else its edge repeated."""

from __future__ import annotations

import torch
from torch import Tensor


def grown(length: int, *, multiple: int, least: int) -> int:
    """The smallest multiple of ``multiple`` that is neither below ``length`` nor below ``least``; in pixels."""
    return -(-max(length, least) // multiple) * multiple


def pad(picture: Tensor, *, height: int, width: int) -> Tensor:
    """Grow …,H,W at the bottom and the right to ``height`` × ``width``; the top left part stays as it is.

    A side that is at least one longer than its padding is mirrored about its last pixel (which is not doubled);
    a shorter one repeats its last pixel.
    """
    rows, columns = picture.shape[-2:]
    if (rows, columns) == (height, width):
        return picture
    picture = picture.index_select(-2, _sources(rows, height, picture.device))
    return picture.index_select(-1, _sources(columns, width, picture.device))


def _sources(length: int, wanted: int, device: torch.device) -> Tensor:
    index = torch.arange(wanted, device=device)
    if wanted - length < length:
        return torch.where(index < length, index, 2 * (length - 1) - index)
    return index.clamp(max=length - 1)
