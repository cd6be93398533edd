"""Writing a file, or a new folder, whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from burnish.errors import UsageError
from burnish.io import scratch


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Put ``data`` at ``path``: a hidden temporary file in the same folder, synced, then renamed over the target.

    A link is followed, so that what it points to is replaced. On any failure the target is as it was and no
    temporary file is left.

    Raises:
        UsageError: As ``refuse_special``.
        OSError: It cannot be written.
    """
    refuse_special(path)
    target = path.resolve()
    with scratch.file_beside(target) as temporary:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    _sync_folder(target.parent)


def refuse_special(target: Path) -> None:
    """Refuse a pipe, device or socket, which a rename would replace by a file.

    Raises:
        UsageError: It is one.
    """
    if target.exists() and not target.is_file() and not target.is_dir():
        raise UsageError(f"{target}: is a pipe, device or socket, which is not written to; give the path of a file")


def refuse_full(target: Path) -> None:
    """Refuse a folder for frames that is there and not empty.

    Raises:
        UsageError: It is a file, or holds something.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target}: exists already; give a new folder for the frames")


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty hidden folder beside ``target`` that takes its place when all went well, and vanishes otherwise.

    Raises:
        UsageError: As ``refuse_full``.
    """
    refuse_full(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with scratch.folder_beside(target) as fresh:
        yield fresh
        if target.exists():
            target.rmdir()
        fresh.rename(target)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can open folders."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
