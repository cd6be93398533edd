"""Clips of any length in bounded memory: cut into overlapping windows over time, each restored separately."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import torch
from torch import Tensor

Restore = Callable[[Tensor], Tensor]
"""A window 1,T,C,H,W → its estimate 1,T,C,sH,sW."""


def slide(frames: Iterable[Tensor], restore: Restore, *, window: int, overlap: int) -> Iterator[Tensor]:
    """Restore a clip frame by frame, with ``window`` frames at once.

    The outer ``overlap // 2`` frames of each window are dropped on a side where the clip continues, since not all of
    their neighbours are in the window. The last window starts earlier, to have the full length. At most ``window``
    frames and their estimates are in memory, however long the clip is.

    Args:
        frames: 1,C,H,W each, in order; read as they are needed.
        restore: What restores one window.
        window: Frames at once; 0: the whole clip.
        overlap: Frames that neighbouring windows share at least, below ``window``.

    Returns:
        The estimates 1,C,sH,sW in order, one for each frame.
    """
    margin = overlap // 2
    source = iter(frames)
    held = list(islice(source, window or None))
    emitted = 0  # of those held
    while held:
        following = list(islice(source, max(1, window - 2 * margin))) if window and len(held) == window else []
        estimate = restore(torch.stack(held, dim=1))
        keep = len(held) - (margin if following else 0)
        for index in range(emitted, keep):
            yield estimate[:, index]
        if not following:
            return
        surplus = max(0, len(held) + len(following) - window)
        held = held[surplus:] + following
        emitted = keep - surplus
