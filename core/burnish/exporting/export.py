"""Writes a network as a file of another program, and proves it before the file is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from burnish.errors import RestorationError, UsageError
from burnish.exporting import opencv
from burnish.exporting.about import about
from burnish.exporting.openvino import MODEL, WEIGHTS
from burnish.exporting.parity import Parity, compared, fact
from burnish.exporting.refusing import refuse, refuse_solving
from burnish.exporting.subject import Subject, subject
from burnish.inference.engine import UnfitError
from burnish.io import atomic, refuse_same
from burnish.restorer.restorer import Restorer

FORMATS = ("onnx", "openvino", "torchscript", "bioimageio", "dtmodel")
"""Each a module of this room with ``write(subject, place)`` and ``opened(place)``."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A written file, and the proof of it."""

    file: Path
    """Of OpenVINO, a folder."""
    format: str
    size: int
    """Bytes."""
    about: dict[str, Any]
    """What the file says of itself."""
    parity: list[Parity]
    opencv: str = ""
    """What OpenCV's ``dnn`` makes of an ONNX file; empty for other formats."""


def export(loaded: Restorer, out: Path, format: str, *, frames: int = 0) -> Exported:
    """Write a restorer's network for another program, whole or not at all.

    The file is opened in its runtime, and its estimates of several sizes and numbers of pictures are compared with
    torch's in float32, before it takes its place.

    Args:
        loaded: A restorer on the CPU.
        out: The file; of ``openvino`` a folder, new or of an earlier export.
        format: One of ``FORMATS``.
        frames: Of the bursts or clips that it will take; 0: as many as it was trained with.

    Raises:
        UsageError: It is no network, or ``out`` cannot be written.
        RestorationError: It cannot be exported, or its file differs from torch; says why.
    """
    if format not in FORMATS:
        raise UsageError(f"the format {format!r} is unknown; use one of {', '.join(FORMATS)}")
    refuse(loaded)
    _refuse_place(out, format)
    refuse_same(Path(loaded.origin), out)
    try:
        if format != "torchscript":
            refuse_solving(loaded)
        try:
            return _written(subject(loaded, frames, free_batch=True), out, format)
        except UnfitError:  # for any number of pictures; one at a time may do
            return _written(subject(loaded, frames, free_batch=False), out, format)
    except UnfitError as error:
        raise RestorationError(
            f"{loaded.subject} cannot be exported to {format}: {error}; burnish itself runs it, also as a server"
        ) from error
    except ImportError as error:
        extra = "openvino" if format == "openvino" else "onnx"
        raise UsageError(f"{error.name} is not installed; pip install 'burnish[{extra}]'") from error
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); choose a folder that exists") from error


def _written(made: Subject, out: Path, format: str) -> Exported:
    kind = import_module(f"burnish.exporting.{format}")
    place = atomic.whole_folder(out) if format == "openvino" else atomic.whole_file(out)
    with place as fresh:
        with _reasoned("it cannot be written"):
            kind.write(made, fresh)
        with _reasoned("its runtime does not open it"):
            run = kind.opened(fresh)
        return Exported(
            file=out,
            format=format,
            size=sum(path.stat().st_size for path in (fresh, *fresh.glob("*")) if path.is_file()),
            about=about(made),
            parity=compared(run, made),
            opencv=opencv.verdict(made, fresh) if format == "onnx" else "",
        )


@contextmanager
def _reasoned(what: str) -> Iterator[None]:
    """What a format's library raises, in its own kinds, is an ``UnfitError``."""
    try:
        yield
    except (UnfitError, ImportError, OSError):
        raise
    except Exception as error:
        raise UnfitError(f"{what}: {fact(error)}") from error


def _refuse_place(out: Path, format: str) -> None:
    if format != "openvino" and out.is_dir():
        raise UsageError(f"{out}: is a folder; give the name of a file")
    foreign = out.is_file() or (out.is_dir() and {path.name for path in out.iterdir()} - {MODEL, WEIGHTS})
    if format == "openvino" and foreign:
        raise UsageError(f"{out}: holds other files; OpenVINO takes two files: give a new folder")
