"""Restoring clips: in windows for restorers of clips, frame by frame for restorers of single pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Unpack

from torch import Tensor

from burnish.errors import RestorationError
from burnish.inference.restoring import restore
from burnish.inference.tiling.windows import slide
from burnish.restorer.options import RestoreKeywords, RestoreOptions, chosen
from burnish.restorer.restorer import Restorer


def restore_clip(
    loaded: Restorer,
    frames: Iterable[Tensor],
    conditions: Mapping[str, object] | None = None,
    options: RestoreOptions | None = None,
    **keywords: Unpack[RestoreKeywords],
) -> Iterator[Tensor]:
    """The estimates of a clip's frames, in order; computed lazily.

    Memory is bounded by the restorer's ``window``, however long the clip is (a window of 0 takes all of it at once).

    Args:
        loaded: A restorer of clips, or of single pictures, which is given one frame at a time.
        frames: 1,C,H,W each, of one size; read as they are needed.
        conditions: What is known, the same for all frames.
        options: As ``restore``, the same for all frames.
        keywords: Fields of ``RestoreOptions`` one by one.

    Raises:
        RestorationError: The restorer makes one picture of several; and as ``restore``.
    """
    options = chosen(options, keywords)

    def once(degraded: Tensor) -> Tensor:
        return restore(loaded, degraded, conditions, options)

    if loaded.spec.temporal == "burst":
        raise RestorationError(
            f"{loaded.label} makes one picture from several frames, not a clip; use a restorer of clips"
        )
    if loaded.spec.temporal == "single":
        return map(once, frames)
    return slide(frames, once, window=loaded.window, overlap=loaded.window_overlap)
