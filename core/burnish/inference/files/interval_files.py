"""Interval pictures in files: beside a restored picture, and as clips of their own beside a restored clip."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from torch import Tensor

from burnish.inference.files.made import FileJob, RestoredFrame
from burnish.inference.frames import restore_clip
from burnish.inference.interval_pictures import IntervalPictures, interval_pictures
from burnish.io import Picture, write_picture
from burnish.io.atomic import new_folder
from burnish.io.formats.video import is_video
from burnish.io.outputs import check_pairs

PARTS = ("low", "high", "width")
UNSURE = "unsure"
LOSSY = frozenset({".jpg", ".jpeg"})
"""Suffixes of formats that change values, which would break bounds: intervals are PNG there."""


def interval_places(target: Path, *, clip: bool, unsure: bool) -> dict[str, Path]:
    """Part of an interval → where it is written: ``NAME-low`` and the like beside the output.

    Args:
        target: The restored picture's file; of a clip its folder or video file, whose intervals are folders.
        clip: Whether it is a clip.
        unsure: Whether there is a mask as well.
    """
    if clip:
        name = target.stem if is_video(target) else target.name
        return {part: target.with_name(f"{name}-{part}") for part in (*PARTS, *([UNSURE] if unsure else []))}
    places = {part: lossless(target.with_stem(f"{target.stem}-{part}")) for part in PARTS}
    return places | ({UNSURE: target.with_name(f"{target.stem}-{UNSURE}.png")} if unsure else {})


def lossless(path: Path) -> Path:
    """The file, as PNG where its format changes values."""
    return path.with_suffix(".png") if path.suffix.lower() in LOSSY else path


def refuse_beside(pairs: Sequence[tuple[Path, Path]], *, clips: bool, unsure: bool) -> None:
    """Refuse intervals that would overwrite an input or an output.

    Args:
        pairs: Inputs and outputs.
        clips: Whether they are clips.
        unsure: As ``interval_places``.

    Raises:
        UsageError: As ``check_pairs``.
    """
    beside = [
        (source, place)
        for source, target in pairs
        for place in interval_places(target, clip=clips, unsure=unsure).values()
    ]
    check_pairs([*pairs, *beside])


def write_interval(job: FileJob, found: IntervalPictures) -> None:
    """Write a picture's interval beside the restored one."""
    for part, place in interval_places(job.target, clip=False, unsure=job.unsure is not None).items():
        write_picture(place, _picture(job, found, part))


class FramesBeside:
    """The intervals of a clip's frames, written one at a time as the frames are restored."""

    def __init__(self, job: FileJob, folders: dict[str, Path]) -> None:
        self._job, self._folders = job, folders
        self._degraded: deque[Tensor] = deque()
        """Frames that were read and are not restored yet: as many as the restorer holds itself."""

    def remembered(self, frames: Iterable[Tensor]) -> Iterator[Tensor]:
        """The degraded frames on their way to the restorer."""
        for frame in frames:
            if self._folders:
                self._degraded.append(frame)
            yield frame

    def written(self, frames: Iterable[RestoredFrame]) -> Iterator[RestoredFrame]:
        """The restored frames on their way to the output."""
        for frame in frames:
            if self._folders:
                self._write(frame, self._interval(frame, self._degraded.popleft()))
            yield frame

    def _write(self, frame: RestoredFrame, found: IntervalPictures) -> None:
        for part, folder in self._folders.items():
            file = folder / frame.name
            place = file.with_suffix(".png") if part == UNSURE else lossless(file)
            write_picture(place, _picture(self._job, found, part))

    def _interval(self, frame: RestoredFrame, degraded: Tensor) -> IntervalPictures:
        job = self._job

        def again(other: Tensor) -> Tensor:
            return next(restore_clip(job.loaded, [other], job.conditions, job.options))

        return interval_pictures(
            job.loaded, frame.like, degraded, frame.estimate, job.coverage, known=job.conditions, again=again
        )


@contextmanager
def frames_beside(job: FileJob) -> Iterator[FramesBeside]:
    """What writes the intervals of a clip into folders of frames, each whole or not at all; without a coverage nothing.

    Raises:
        UsageError: A folder holds something.
    """
    with ExitStack() as stack:
        places = interval_places(job.target, clip=True, unsure=job.unsure is not None) if job.coverage else {}
        yield FramesBeside(job, {part: stack.enter_context(new_folder(place)) for part, place in places.items()})


def _picture(job: FileJob, found: IntervalPictures, part: str) -> Picture:
    if part == UNSURE:
        assert job.unsure is not None
        return found.unsure(job.unsure)
    made: Picture = getattr(found, part)
    return made
