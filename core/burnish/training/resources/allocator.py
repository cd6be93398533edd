"""Lets glibc keep the pages of large activations during a training, instead of returning them at every layer.

Measured on an eight-layer network with 48 features, 64 × 64 × 16 patches, one thread: 12 % less time a step in bf16,
15 % in float32. Results do not change.
"""

from __future__ import annotations

import contextlib
import ctypes
import platform
from collections.abc import Iterator

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -2, -3, -4
"""``mallopt``'s parameters (mallopt(3))."""

_MIB = 1024 * 1024


@contextlib.contextmanager
def kept_pages() -> Iterator[None]:
    """Within it, freed memory stays with the process; after it, it is given back and glibc is as in its steady state.

    Steady means the upper ends of the dynamic thresholds (32 MiB, trimmed at 64 MiB), which any process that works on
    pictures reaches by itself. Without glibc this does nothing.
    """
    library = _glibc()
    if library is None:
        yield
        return
    _set(library, {_MMAP_MAX: 0, _TRIM_THRESHOLD: 1024 * _MIB, _TOP_PAD: 64 * _MIB})
    try:
        yield
    finally:
        _set(library, {_MMAP_MAX: 65536, _MMAP_THRESHOLD: 32 * _MIB, _TRIM_THRESHOLD: 64 * _MIB, _TOP_PAD: 128 * 1024})
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if platform.libc_ver()[0] != "glibc":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


def _set(library: ctypes.CDLL, options: dict[int, int]) -> None:
    for option, value in options.items():
        library.mallopt(option, value)
