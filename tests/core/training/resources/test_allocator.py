"""Pages are kept within, and given back after."""

from __future__ import annotations

import platform
import resource
from pathlib import Path

import numpy as np
import pytest
from burnish.training.resources.allocator import kept_pages

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc returns pages so eagerly")


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def test_memory_that_is_asked_for_again_and_again_is_fetched_once() -> None:
    with kept_pages():
        np.ones(10_000_000)
        before = faults()
        for _ in range(5):
            np.ones(10_000_000)
        assert faults() - before < 10_000_000 * 8 / 4096


def test_memory_is_given_back_after() -> None:
    before = resident()
    with kept_pages():
        np.ones(20_000_000)
    assert resident() - before < 80_000_000


def test_an_error_inside_comes_out() -> None:
    with pytest.raises(ValueError, match="inside"), kept_pages():
        raise ValueError("inside")
