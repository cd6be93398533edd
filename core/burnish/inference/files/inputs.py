"""Several inputs of one call: which picture, clip or burst becomes which output, checked before any work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from burnish.inference.files.clips import clip_pairs, has_frames
from burnish.io import list_clips
from burnish.io.formats.video import is_video
from burnish.io.outputs import check_pairs, output_pairs, placed
from burnish.restorer.restorer import Restorer


def input_targets(
    loaded: Restorer, sources: Sequence[Path], target: Path, *, into: bool = False
) -> list[tuple[Path, Path]]:
    """Each input with where it goes: a single one to ``target``, of several each to its own name in that folder.

    Args:
        loaded: The restorer.
        sources: As they are given.
        target: A file or folder.
        into: A single file goes to its own name in a folder, too.

    Raises:
        DataError, UsageError: As ``outputs.placed``, ``clip_pairs`` and ``output_pairs``; two would become one file.
    """
    if len(sources) == 1 and not (into and sources[0].is_file()):
        return [(sources[0], target)]
    targets = placed(sources, target, _suffix)
    for index, (source, place) in enumerate(targets):
        burst = loaded.spec.temporal == "burst" and has_frames(loaded, source)
        if burst and list_clips(source) == [source]:
            targets[index] = source, place.with_name(f"{place.name}.png")
    check_pairs([pair for source, place in targets for pair in pairs_of(loaded, source, place)])
    return targets


def pairs_of(loaded: Restorer, source: Path, target: Path) -> list[tuple[Path, Path]]:
    """The pictures, clips or bursts of one input with their outputs. Raises as ``clip_pairs`` and ``output_pairs``."""
    return clip_pairs(loaded, source, target) if has_frames(loaded, source) else output_pairs(source, target)


def _suffix(path: Path) -> str:
    return ".mkv" if is_video(path) else path.suffix
