"""Restoring several frames from files: a clip to a clip, a burst to a picture; outputs whole or not at all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from burnish.console.progress import track
from burnish.errors import DataError, RestorationError, UsageError
from burnish.inference.files.interval_files import frames_beside, write_interval
from burnish.inference.files.made import FileJob, Made, RestoredFrame, tell
from burnish.inference.frames import restore_clip
from burnish.inference.interval_pictures import interval_pictures
from burnish.inference.linear_light import picture_curve, used_transfer
from burnish.inference.pictures import scaled
from burnish.inference.restoring import restore
from burnish.inference.value_range import with_white
from burnish.io import Picture, from_tensor, list_clips, list_frames, to_tensor, write_picture
from burnish.io.atomic import new_folder
from burnish.io.folders import check_one_size
from burnish.io.formats.lookup import is_picture
from burnish.io.formats.video import CODECS, is_video, read_video, video_facts, video_losses, write_video
from burnish.io.metadata_loss import clipped, not_kept
from burnish.io.outputs import check_pairs, outside, refuse_same
from burnish.restorer.notes import hearing
from burnish.restorer.restorer import Restorer


def has_frames(loaded: Restorer, source: Path) -> bool:
    """Whether the restorer reads the source as frames: a folder if it takes several, a video file always."""
    return is_video(source) or (source.is_dir() and loaded.spec.temporal != "single")


def clip_pairs(loaded: Restorer, source: Path, target: Path) -> list[tuple[Path, Path]]:
    """The output of each clip (folder of frames, or video file).

    A burst's output is a picture, a clip's a folder of frames, or a video file where its suffix says so, or, of a video
    into an existing folder, a video of the same name. A folder that
    holds folders of frames gives one output for each, below ``target``.

    Raises:
        DataError: It contains no frames.
        UsageError: ``target`` is the source, or its suffix is none that is written; or as ``outputs.check_pairs``.
    """
    refuse_same(source, target)
    pairs = _clip_pairs(loaded, source, target)
    check_pairs(pairs, inputs=(frame for clip, _ in pairs if clip.is_dir() for frame in list_frames(clip)))
    return pairs


def _clip_pairs(loaded: Restorer, source: Path, target: Path) -> list[tuple[Path, Path]]:
    burst = loaded.spec.temporal == "burst"
    if is_video(source):
        if burst:
            raise UsageError(f"{source}: {loaded.label} makes one picture from several frames; give a folder of frames")
        return [(source, target / source.with_suffix(".mkv").name if target.is_dir() else target)]
    clips = outside(list_clips(source), target)
    if clips == [source]:
        if burst and not is_picture(target):
            target = target / f"{source.name}.png"
        return [(source, target)]
    suffix = ".png" if burst else ""
    return [(clip, target / clip.relative_to(source).parent / f"{clip.name}{suffix}") for clip in clips]


def restore_frames(job: FileJob) -> Made:
    """Restore one clip or burst. Frames keep names, depth and metadata; losses are reported before the work starts.

    Values are taken for light by the curve of the first frame (of a video: sRGB's, which is near that of television).

    Raises:
        As ``read_picture``, ``restore`` and ``write_picture``; nothing is left at the target then.
    """
    video = is_video(job.source)
    first = _eight_bit(torch.zeros(1, 3, 1, 1)) if video else job.read(list_frames(job.source)[0])
    curve = picture_curve(job.loaded, first, job.options.transfer)
    job = replace(job, options=replace(job.options, transfer=curve))
    clip = _video if video else partial(_folder, first=first)
    with hearing() as heard:
        made = _burst(job) if job.loaded.spec.temporal == "burst" else clip(job)
    tell(job.source, heard.notes)
    return replace(
        made, notes=made.notes + heard.notes, doubtful=heard.doubtful, engine=heard.engine,
        transfer=used_transfer(job.loaded, curve),
    )  # fmt: skip


def _video(job: FileJob) -> Made:
    facts, notes, faults = video_facts(job.source), video_losses(job.source), list[str]()
    tell(job.source, notes)
    frames = _sized(read_video(job.source, allow_damaged=job.allow_damaged, faults=faults), job.source)
    size = _clip(job, _Clip(frames=frames, rate=facts.rate, total=facts.frames))
    return Made(megapixels=size, notes=notes, damage="".join(faults))


def _folder(job: FileJob, first: Picture) -> Made:
    files, faults, originals = list_frames(job.source), list[str](), deque[Picture]()
    notes, known = _frames_losses(first, job.target), job.conditions
    if first.peak != 255 and job.loaded.learned:  # one white for all frames: a clip does not flicker
        known = with_white(job.loaded, known, (job.read(path) for path in files))
    notes += scaled(known)
    tell(job.source, notes)
    frames = _from_files(files, originals, faults, job.read)
    clip = _Clip(frames=frames, files=files, originals=originals, rate=25.0, total=len(files))
    size = _clip(replace(job, conditions=known), clip)
    return Made(megapixels=size, notes=notes, damage=_summed(faults))


def _frames_losses(first: Picture, target: Path) -> tuple[str, ...]:
    """What a clip of these frames loses in a video file."""
    if target.suffix.lower() not in CODECS:
        return ()
    lost = [] if first.peak == 255 else [f"more than 8 bits ({first.pixels.dtype.name})"]
    lost += [] if first.alpha is None else ["alpha"]
    return (f"not kept in a video: {', '.join(lost)}; give a folder to keep it",) if lost else ()


def _burst(job: FileJob) -> Made:
    files = list_frames(job.source)
    pictures = [job.read(path) for path in files]
    check_one_size(files, (picture.pixels.shape for picture in pictures))
    degraded = torch.stack([to_tensor(picture) for picture in pictures], dim=1)
    known = with_white(job.loaded, job.conditions, pictures)
    estimate = restore(job.loaded, degraded, known, job.options)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    made = from_tensor(estimate, pictures[0])
    if job.coverage:
        found = interval_pictures(
            job.loaded, pictures[0], degraded, estimate, job.coverage, known=known,
            again=lambda other: restore(job.loaded, other, known, job.options),
        )  # fmt: skip
        write_interval(job, found)
    write_picture(job.target, made)
    notes = scaled(known) + clipped(estimate, pictures[0]) + not_kept(pictures[0], made, job.target)
    tell(job.target, notes)
    return Made(
        megapixels=sum(picture.height * picture.width for picture in pictures) / 1e6,
        notes=notes,
        damage=_summed([f for path, picture in zip(files, pictures, strict=True) for f in _faults(path, picture)]),
    )


def _faults(path: Path, picture: Picture) -> list[str]:
    return [f"{path.name}: {picture.damage}"] if picture.damage else []


def _summed(faults: list[str]) -> str:
    """The first frame's fault, and the number of further frames with a fault."""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{faults[0]}{more}" if faults else ""


@dataclass(frozen=True, kw_only=True)
class _Clip:
    """A clip or burst on its way to the restorer."""

    frames: Iterator[Tensor]
    files: Sequence[Path] = ()
    """The source files; empty for a video."""
    originals: deque[Picture] = field(default_factory=deque)
    """Pictures that were read and not written yet."""
    rate: float
    """Frames a second."""
    total: int
    """Number of frames; 0 if unknown."""

    def restored(self, index: int, estimate: Tensor) -> RestoredFrame:
        """The next frame with its name and its original, which is forgotten."""
        if not self.files:
            return RestoredFrame(estimate=estimate, name=f"{index:06d}.png", like=_eight_bit(estimate))
        return RestoredFrame(estimate=estimate, name=self.files[index].name, like=self.originals.popleft())


def _clip(job: FileJob, clip: _Clip) -> float:
    """Restore and write a clip or burst; return its megapixels."""
    target, read = job.target, _Counted(clip.frames)
    coded = target.suffix.lower() in CODECS
    if not coded and (is_video(target) or is_picture(target)):
        raise UsageError(f"{target}: is neither a folder nor a video that burnish writes ({' '.join(CODECS)})")
    with frames_beside(job) as beside:
        estimates = restore_clip(job.loaded, beside.remembered(read), job.conditions, job.options)
        description = f"Restoring with {job.loaded.id}"
        shown = track(estimates, description=description, total=clip.total or None, unit="frame", quiet=job.quiet)
        finished = (clip.restored(index, estimate) for index, estimate in enumerate(shown))
        done = beside.written(finished)
        if coded:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_video(target, (frame.estimate for frame in done), rate=clip.rate)
        else:
            _write_frames(target, done)
    return read.megapixels


def _write_frames(target: Path, frames: Iterable[RestoredFrame]) -> None:
    """Write into a folder next to ``target`` that replaces it when all frames are complete."""
    with new_folder(target) as fresh:
        for frame in frames:
            write_picture(fresh / frame.name, from_tensor(frame.estimate, frame.like))


def _from_files(
    files: list[Path], originals: deque[Picture], faults: list[str], read: Callable[[Path], Picture]
) -> Iterator[Tensor]:
    size: tuple[int, int] | None = None
    for path in files:
        picture = read(path)
        if size not in (None, (picture.height, picture.width)):
            raise DataError(f"{path}: differs in size from {files[0].name}; all frames of a clip must have one size")
        size = (picture.height, picture.width)
        originals.append(picture)
        faults += _faults(path, picture)
        yield to_tensor(picture)


def _sized(frames: Iterator[Tensor], source: Path) -> Iterator[Tensor]:
    size = None
    for frame in frames:
        if size not in (None, frame.shape):
            raise RestorationError(f"{source}: its frames change in size; split the video there")
        size = frame.shape
        yield frame


class _Counted:
    """Yields frames and counts their pixels."""

    def __init__(self, frames: Iterable[Tensor]) -> None:
        self._frames = frames
        self.megapixels = 0.0

    def __iter__(self) -> Iterator[Tensor]:
        for frame in self._frames:
            self.megapixels += frame.shape[-1] * frame.shape[-2] / 1e6
            yield frame


def _eight_bit(estimate: Tensor) -> Picture:
    import numpy as np

    return Picture(pixels=np.zeros((estimate.shape[-2], estimate.shape[-1], estimate.shape[-3]), np.uint8))
