"""Restoring a picture, clip or burst, or all of a folder; every output is written completely or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from burnish.console.progress import track
from burnish.errors import BurnishError, ImagingError, UsageError
from burnish.inference.files.clips import clip_pairs, has_frames, restore_frames
from burnish.inference.files.interval_files import refuse_beside, write_interval
from burnish.inference.files.made import FileJob, Made
from burnish.inference.pictures import restore_picture_detailed
from burnish.io import Picture, read_picture, write_picture
from burnish.io.isolation.isolated import read_isolated
from burnish.io.metadata_loss import not_kept
from burnish.io.outputs import output_pairs
from burnish.restorer.options import RestoreOptions
from burnish.restorer.restorer import Restorer


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The options for reading files."""

    allow_damaged: bool | None = None
    """As ``read_picture``."""
    isolate: bool | None = None
    """Decode in processes with limits of time and memory, for untrusted files; None: only for a folder."""

    def reader(self, source: Path) -> Callable[[Path], Picture]:
        """How the pictures of a source are read."""
        isolate = source.is_dir() if self.isolate is None else self.isolate
        return partial(read_isolated if isolate else read_picture, allow_damaged=self.allow_damaged)


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The outcome for one file."""

    source: Path
    target: Path
    seconds: float
    """From reading to the end of writing."""
    megapixels: float
    """Of the degraded picture, or of all frames; 0 where it failed."""
    error: str = ""
    """One line where it failed; then ``target`` was not touched."""
    damage: str = ""
    """What is wrong with ``source``, where damage was allowed; empty: nothing was found."""
    notes: tuple[str, ...] = ()
    """Notes for the user: what was scaled, clipped, or not kept."""
    transfer: str = ""
    """The curve by which its values were converted to light (``srgb``, ``linear``, ``icc``, ``gamma``); empty if the
    restorer works on stored values.
    """
    doubtful: bool = False
    """Whether the restorer doubts its result; why is in the notes."""
    engine: str = ""
    """What computed it, and in which precision: ``openvino bf16``."""


def restore_files(
    loaded: Restorer,
    source: Path,
    target: Path,
    conditions: Mapping[str, object] | None = None,
    options: RestoreOptions | None = None,
    *,
    reading: Reading | None = None,
    coverage: float = 0.0,
    unsure: float | None = None,
    disagreement: bool = False,
    quiet: bool = False,
) -> list[Restored]:
    """Restore a file to a file, or a folder into a folder of the same structure; shows progress on a terminal.

    To a restorer of bursts or clips a folder of pictures is one, and a folder of such folders several. A burst becomes
    a picture, a clip a folder of frames, or a video file where the suffix of ``target`` says so. Of several, one that
    fails is recorded and the others go on; a single one that fails raises. What is not kept, scaled or clipped is in
    the notes; of clips it is logged as a warning as well, before the work starts.

    Args:
        loaded: The restorer.
        source: A picture or video, or a folder of pictures or of folders of frames.
        target: For a picture: the file to write, its suffix chooses the format; or an existing folder, for a file of
            the same name. For a folder: a folder, made where it is missing.
        conditions: What is known, the same for all pictures.
        options: How it runs; ``transfer`` as ``restore_picture``.
        reading: How files are read.
        coverage: The part of a picture's values that lies within the interval which is written beside it, as
            ``NAME-low``, ``NAME-high`` and ``NAME-width``, of a clip as folders of frames; 0: none is.
        unsure: Width in [0, 1] above which the interval is marked in ``NAME-unsure``; None: none is written.
        disagreement: Also write ``NAME-disagreement.png``, the map of where the estimate, degraded again, contradicts
            the picture; where its degradation is not known a note says so.
        quiet: No progress.

    Raises:
        UsageError: ``target`` is ``source``, or a file where a folder is due, or has a suffix that is not written.
        DataError, ImagingError, RestorationError, PluginError: A single file failed, or the folder has no pictures.
    """
    source, target = Path(source), Path(target)
    reading, options = reading or Reading(), options or RestoreOptions()
    framed = has_frames(loaded, source)
    if framed and disagreement:
        raise UsageError(f"{source}: maps of disagreement are of single pictures, not of clips and bursts")
    pairs = clip_pairs(loaded, source, target) if framed else output_pairs(source, target)
    if coverage:
        refuse_beside(pairs, clips=framed and loaded.spec.temporal != "burst", unsure=unsure is not None)
    read = reading.reader(source)
    single = len(pairs) == 1 if framed else not source.is_dir()

    def one(degraded: Path, restored: Path) -> Made:
        job = FileJob(
            loaded=loaded, source=degraded, target=restored, conditions=conditions or {}, options=options, read=read,
            allow_damaged=reading.allow_damaged, quiet=quiet or not single, coverage=coverage, unsure=unsure,
            disagreement=disagreement,
        )  # fmt: skip
        return restore_frames(job) if framed else _picture(job)

    told = "" if framed and single else f"Restoring with {loaded.id}"
    return each_file(pairs, one, description=told, single=single, quiet=quiet)


def each_file(
    pairs: Sequence[tuple[Path, Path]],
    restore: Callable[[Path, Path], Made],
    *,
    description: str,
    single: bool,
    quiet: bool,
) -> list[Restored]:
    """Do it for every file; of several, one that fails is recorded and the others go on.

    Args:
        pairs: What is read, and what is written.
        restore: Reads the first, writes the second.
        description: Of the progress; empty: ``restore`` shows its own.
        single: Whether one that fails raises.
        quiet: No progress.

    Raises:
        DataError, ImagingError, RestorationError, PluginError: The single one failed; names it.
    """
    done: list[Restored] = []
    for degraded, restored in track(pairs, description=description, quiet=quiet) if description else pairs:
        begun = time.perf_counter()
        made, error = Made(megapixels=0.0), ""
        try:
            made = restore(degraded, restored)
        except BurnishError as caught:
            named = str(degraded) in str(caught) or str(restored) in str(caught)
            error = " ".join((str(caught) if named else f"{degraded}: {caught}").split())
            if single:
                raise type(caught)(error) from caught
        except OSError as caught:
            error = f"{restored}: cannot be written ({caught.strerror}); choose another place"
            if single:
                raise ImagingError(error) from caught
        seconds = time.perf_counter() - begun
        done.append(Restored(source=degraded, target=restored, seconds=seconds, error=error, **vars(made)))
    return done


def _picture(job: FileJob) -> Made:
    """Restore one file."""
    picture = job.read(job.source)
    done = restore_picture_detailed(job.loaded, picture, job.conditions, job.options, coverage=job.coverage)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    if done.interval is not None:
        write_interval(job, done.interval)
    notes = done.notes
    if job.disagreement and done.consistency is not None:
        beside = job.target.with_name(f"{job.target.stem}-disagreement.png")
        write_picture(beside, done.consistency.picture())
    elif job.disagreement:
        notes += ("it cannot be compared with its input, so there is no map of disagreement",)
    write_picture(job.target, done.picture)
    notes += not_kept(picture, done.picture, job.target)
    megapixels = picture.height * picture.width / 1e6
    return Made(
        megapixels=megapixels, notes=notes, damage=picture.damage, transfer=done.transfer, doubtful=done.doubtful,
        engine=done.engine,
    )  # fmt: skip
