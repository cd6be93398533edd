"""Restoring a picture file, or all pictures of a folder; every output is written whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from burnish.errors import BurnishError, ImagingError
from burnish.imaging import read_picture, write_picture
from burnish.imaging.outputs import output_pairs
from burnish.inference.loaded import LoadedRestorer
from burnish.inference.pictures import restore_picture
from burnish.inference.restoring import MEMORY_MB
from burnish.progress import track


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What became of one file."""

    source: Path
    target: Path
    seconds: float
    """From reading to the end of writing."""
    megapixels: float
    """Of the degraded picture; 0 where it could not be read."""
    error: str = ""
    """One line where it failed; then ``target`` was not touched."""


def restore_files(
    loaded: LoadedRestorer,
    source: Path,
    target: Path,
    conditions: Mapping[str, Any] | None = None,
    *,
    tile: Literal["auto"] | int = "auto",
    precision: str = "auto",
    memory_mb: int = MEMORY_MB,
    quiet: bool = False,
) -> list[Restored]:
    """Restore a file to a file, or a folder into a folder of the same structure; shows progress on a terminal.

    Of a folder, a picture that fails is recorded and the others go on; a single file that fails raises.

    Args:
        loaded: The restorer.
        source: A picture, or a folder of pictures.
        target: For a picture: the file to write, its suffix chooses the format; or an existing folder, for a file of
            the same name. For a folder: a folder, made where it is missing.
        conditions: What is known, the same for all pictures.
        tile: As ``restore``.
        precision: As ``restore``.
        memory_mb: As ``restore``.
        quiet: No progress.

    Raises:
        UsageError: ``target`` is ``source``, or a file where a folder is due, or has a suffix that is not written.
        DataError, ImagingError, RestorationError, PluginError: A single file failed, or the folder has no pictures.
    """
    pairs = output_pairs(Path(source), Path(target))
    single = not Path(source).is_dir()
    settings: dict[str, Any] = {"tile": tile, "precision": precision, "memory_mb": memory_mb}
    done = []
    for degraded, restored in track(pairs, description=f"Restoring with {loaded.id}", quiet=quiet):
        begun, size = time.perf_counter(), 0.0
        error = ""
        try:
            picture = read_picture(degraded)
            size = picture.pixels.shape[0] * picture.pixels.shape[1] / 1e6
            estimate = restore_picture(loaded, picture, conditions, **settings)
            restored.parent.mkdir(parents=True, exist_ok=True)
            write_picture(restored, estimate)
        except BurnishError as caught:
            named = str(degraded) in str(caught) or str(restored) in str(caught)
            error = " ".join((str(caught) if named else f"{degraded}: {caught}").split())
            if single:
                raise type(caught)(error) from caught
        except OSError as caught:
            error = f"{restored}: cannot be written ({caught.strerror}); give another place"
            if single:
                raise ImagingError(error) from caught
        seconds = time.perf_counter() - begun
        done.append(Restored(source=degraded, target=restored, seconds=seconds, megapixels=size, error=error))
    return done
