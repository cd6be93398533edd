"""Temporary files and folders that are always removed: those of a dead process by the next one.

Each is protected by a system lock as long as its process lives, however that ends (SIGKILL, loss of power), also in
another container or, if the file system supports it, on another machine. Before the first one is created in a folder,
unlocked ones there are removed; locked ones are never touched. Without such locks, a file counts as a leftover when
nothing has written to it for a day.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

try:
    import fcntl

    LOCKS = True
except ImportError:  # a system without such locks
    LOCKS = False

PREFIX = ".burnish-part-"
NAMED = re.compile(r"\.burnish-part-[0-9a-f]{16}(\.\w+)?")
OLD = re.compile(
    r"\.burnish-[0-9a-f]{16}(\.\w+)?"  # next to outputs
    r"|\.[^/]+-[0-9a-f]{8}|\.[^/]+-[a-z0-9_]{8}"  # folders of caches, data, bundles
    r"|\.[^/]+\.[a-z0-9_]{8}(\.part)?|\.[^/]+\.new"  # reports, scorecards, notes
)
"""Names of temporary files from earlier versions, which are not locked, so that only their age counts."""
DAY = 86400.0
"""Age in seconds at which a file that cannot be locked counts as a leftover."""

_swept: set[Path] = set()


@contextlib.contextmanager
def file_beside(target: Path, suffix: str = ".part") -> Iterator[Path]:
    """Yield a new, empty, hidden file next to ``target``, to be written and renamed; if still there, it is removed."""
    with _held(target.parent, suffix, folder=False) as path:
        yield path


@contextlib.contextmanager
def folder_beside(target: Path) -> Iterator[Path]:
    """Yield a new, empty, hidden folder next to ``target``, to be filled and renamed; if still there, it is removed."""
    with _held(target.parent, "", folder=True) as path:
        yield path


@contextlib.contextmanager
def folder(place: Path | None = None) -> Iterator[Path]:
    """Yield a new, empty folder in ``place`` (default: the system's folder for temporary files), removed afterwards."""
    with _held(place or Path(tempfile.gettempdir()), "", folder=True) as path:
        path.chmod(0o700)
        yield path


def sweep(place: Path) -> list[Path]:
    """Remove the files of dead processes in this folder (not below it), and return them."""
    return _removed(place, lambda path: NAMED.fullmatch(path.name) is not None and _remove_unless_held(path))


def sweep_old(place: Path) -> list[Path]:
    """As ``sweep``, for what earlier versions left; for folders that are burnish's own, since names may be alike."""
    return _removed(place, _remove_if_old)


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Lock an existing file or folder, which marks it as used by a living process."""
    handle = os.open(path, os.O_RDONLY)
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether a living process holds it; if that cannot be known: whether it was written to within a day."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _is_left(handle, path)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _held(place: Path, suffix: str, *, folder: bool) -> Iterator[Path]:
    if place not in _swept:
        _swept.add(place)
        sweep(place)
    path, handle = _made(place, suffix, folder=folder)
    try:
        yield path
    finally:
        _remove(path)
        os.close(handle)


def _made(place: Path, suffix: str, *, folder: bool) -> tuple[Path, int]:
    """A new, locked one; tries again if a sweep removed it before it was locked."""
    while True:
        path = place / f"{PREFIX}{secrets.token_hex(8)}{suffix}"
        if folder:
            path.mkdir()
            handle = _opened(path)
        else:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if handle is None:
            continue
        _lock(handle)
        if _is_at(handle, path):
            return path, handle
        os.close(handle)


def _opened(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None


def _lock(handle: int) -> None:
    if LOCKS:
        with contextlib.suppress(OSError):  # a file system without such locks
            fcntl.flock(handle, fcntl.LOCK_SH)


def _removed(place: Path, remove: Callable[[Path], bool]) -> list[Path]:
    """What ``remove`` removed of the hidden files and folders in this folder."""
    removed: list[Path] = []
    with contextlib.suppress(OSError):
        for path in [Path(entry) for entry in os.scandir(place) if entry.name.startswith(".")]:
            if remove(path):
                removed.append(path)
    return removed


def _remove_if_old(path: Path) -> bool:
    if not OLD.fullmatch(path.name) or NAMED.fullmatch(path.name) or age(path) <= DAY:
        return False
    _remove(path)
    return True


def _remove_unless_held(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if not _is_left(handle, path) or not _is_at(handle, path):
            return False
        _remove(path)  # still locked: its creator waits, and then sees that it is gone
        return True
    finally:
        os.close(handle)


def _is_left(handle: int, path: Path) -> bool:
    """Whether nobody holds it; if so, this handle locks it."""
    if not LOCKS:
        return age(path) > DAY
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES) and age(path) > DAY
    return True


def _is_at(handle: int, path: Path) -> bool:
    try:
        there, ours = path.lstat(), os.fstat(handle)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def age(path: Path) -> float:
    """Seconds since its last change; 0 if unknown."""
    try:
        newest = max((one.lstat().st_mtime for one in [path, *path.rglob("*")]), default=0.0)
    except OSError:
        return 0.0
    return time.time() - newest


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
