"""Video files: read frame by frame as 8 bits, written completely or not at all. Losses are known before."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from burnish.errors import ImagingError
from burnish.io.atomic import whole_file
from burnish.io.formats.damage import DamagedError, damage_allowed, tolerate
from burnish.io.formats.video_tracks import other_tracks

if TYPE_CHECKING:
    import cv2

CODECS = {".mkv": "FFV1", ".mp4": "mp4v", ".avi": "MJPG"}
"""Suffix → codec for writing: FFV1 is lossless, the others are lossy."""

VIDEO_SUFFIXES = (*CODECS, ".mov", ".webm", ".m4v")
"""The suffixes of the video files that are read, in lower case."""


WHOLE = 0.95
"""Share of the header's number of frames that a complete video must have: some headers only estimate it."""

_PACKED = (b"RGBA", b"BGRA", b"ARGB", b"ABGR")
_OTHER_LAYOUTS = (
    dict.fromkeys(_PACKED, (8, True))
    | dict.fromkeys((b"RBA@", b"BRA@", b"@RBA", b"@BRA"), (16, True))  # a pixel has 64 bits
    | dict.fromkeys((b"RGB0", b"BGR0", b"0RGB", b"0BGR", b"P016"), (16, False))  # "0" is 48
    | {b"P010": (10, False), b"XYZ$": (12, False), b"$XYZ": (12, False)}
)
"""FFmpeg's codes that look like those of 8 bits without alpha → bits, alpha."""

_log = logging.getLogger("burnish.io")


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """The properties in a video file's header."""

    rate: float
    """Frames a second."""
    frames: int
    """Number of frames in its header; 0 if unknown."""
    bits: int = 8
    """Bits of each sample, if the pixel format says so."""
    alpha: bool = False
    """Whether its pixels have alpha."""


def is_video(path: Path) -> bool:
    """Whether the path's suffix is a video's."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def video_facts(path: Path) -> VideoFacts:
    """Rate and number of frames.

    Raises:
        ImagingError: It is missing or no video.
    """
    import cv2

    source = _opened(path)
    try:
        rate, frames = source.get(cv2.CAP_PROP_FPS), source.get(cv2.CAP_PROP_FRAME_COUNT)
        layout = (int(source.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT)) & 0xFFFFFFFF).to_bytes(4, "little")
        bits, alpha = _depth(layout)
        if layout in _PACKED:  # FFV1 in colour always has a plane of alpha, even if opaque
            alpha = not _opaque(source, layout.index(b"A"))
    finally:
        source.release()
    return VideoFacts(rate=rate if rate > 0 else 25.0, frames=max(0, int(frames)), bits=bits, alpha=alpha)


def video_losses(path: Path) -> tuple[str, ...]:
    """A note on the contents of a video that a written video cannot hold: sound, subtitles, more than 8 bits, alpha.

    Raises:
        ImagingError: As ``video_facts``.
    """
    facts = video_facts(path)
    lost = list(other_tracks(path))
    lost += [f"{facts.bits} bits a sample (8 are)"] if facts.bits > 8 else []
    lost += ["alpha"] if facts.alpha else []
    return (f"not kept: {', '.join(lost)}",) if lost else ()


def _depth(layout: bytes) -> tuple[int, bool]:
    """Bits of a sample, and whether there is alpha, from FFmpeg's code of a pixel format: ``Y3``, planes, bits.

    Codes of most 8 bit formats are four letters, or ``RGB`` and a pixel's bits; the order of bytes may be reversed.
    """
    if layout in _OTHER_LAYOUTS:
        return _OTHER_LAYOUTS[layout]
    layout = layout[::-1] if layout[0] < 32 <= layout[3] else layout
    if layout[3] >= 32 or layout[:3] in (b"RGB", b"BGR"):
        return 8, False
    return max(8, layout[3]), layout[:2] in (b"Y4", b"G4", b"Y2")


def _opaque(source: cv2.VideoCapture, channel: int) -> bool:
    """Whether alpha, in that channel, is 255 throughout the first frame."""
    import cv2

    source.set(cv2.CAP_PROP_CONVERT_RGB, 0)
    found, frame = source.read()
    return bool(found and frame.ndim == 3 and frame.shape[2] == 4 and (frame[:, :, channel] == 255).all())


def read_video(path: Path, *, allow_damaged: bool | None = None, faults: list[str] | None = None) -> Iterator[Tensor]:
    """The frames in order, each 1,3,H,W float32 in [0, 1], RGB; decoded lazily.

    After the last one the fault of a damaged video, where that is allowed, is added to ``faults``.

    Raises:
        ImagingError: It is missing, no video, ends before the first frame, or, where damage is not allowed, long before
            the last one that its header promises.
    """
    source, promised, read = _opened(path), video_facts(path).frames, 0
    try:
        found, frame = source.read()
        if not found:
            raise ImagingError(f"{path}: contains no frame that can be decoded; get a complete copy of the file")
        while found:
            pixels = np.ascontiguousarray(frame[:, :, ::-1].transpose(2, 0, 1))
            yield torch.from_numpy(pixels.astype(np.float32))[None].div_(255.0)
            read += 1
            found, frame = source.read()
    finally:
        source.release()
    if read < WHOLE * promised - 2:
        fault = f"{read} of {promised} frames can be decoded"
        try:
            tolerate("video", fault, allowed=damage_allowed(allow_damaged))
        except DamagedError as error:
            raise DamagedError(f"{path}: {error}") from error
        _log.warning("%s: is damaged (%s); the readable part is used", path, fault)
        if faults is not None:
            faults.append(fault)


def write_video(path: Path, frames: Iterable[Tensor], *, rate: float) -> int:
    """Write frames 1,C,H,W in [0, 1] (clipped, rounded half up to 8 bit) and return their number.

    Raises:
        ImagingError: The suffix has no codec, the file cannot be written, or frames differ in size; nothing is left.
    """
    codec = CODECS.get(path.suffix.lower())
    if codec is None:
        raise ImagingError(
            f"{path}: this format cannot be written; use .mkv (lossless), .mp4 or .avi, or give a folder"
        )
    if not path.parent.is_dir():
        raise ImagingError(f"{path}: its folder is missing; create it first")
    with whole_file(path, path.suffix) as temporary:
        return _write(temporary, frames, codec, rate)


def _write(path: Path, frames: Iterable[Tensor], codec: str, rate: float) -> int:
    import cv2

    target: cv2.VideoWriter | None = None
    size = (0, 0)
    written = 0
    try:
        for frame in frames:
            pixels = _pixels(frame)
            if target is None:
                size = (pixels.shape[1], pixels.shape[0])
                target = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, size)
                if not target.isOpened():
                    raise ImagingError(f"{path.parent}: a video in {codec} cannot be written there; give a folder")
            if (pixels.shape[1], pixels.shape[0]) != size:
                raise ImagingError(f"frame {written} is {pixels.shape[1]}×{pixels.shape[0]} instead of {size}")
            target.write(pixels)
            written += 1
    finally:
        if target is not None:
            target.release()
    if not written:
        raise ImagingError("there are no frames to write")
    return written


def _pixels(frame: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """1,C,H,W → H,W,3 in OpenCV's order of colours."""
    values = frame[0].detach().cpu().float().clamp(0, 1).mul(255).add(0.5).floor()
    values = values.expand(3, -1, -1) if len(values) == 1 else values
    return np.ascontiguousarray(values.permute(1, 2, 0).numpy().astype(np.uint8)[:, :, ::-1])


def _opened(path: Path) -> cv2.VideoCapture:
    import cv2

    if not path.is_file():
        raise ImagingError(f"{path}: is missing; give the path of a video")
    source = cv2.VideoCapture(str(path))
    if not source.isOpened():
        raise ImagingError(f"{path}: is not a video that can be decoded; check the file")
    return source
