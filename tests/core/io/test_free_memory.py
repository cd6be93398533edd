"""How much memory is free, by what Linux says."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish.io import free_memory as module
from burnish.io.free_memory import free_memory


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("MemTotal: 9 kB\nMemFree: 2 kB\nMemAvailable:    7 kB\n", 7 * 1024.0),
        ("MemTotal: 9 kB\nMemFree: 2 kB\n", 5.0),
        ("", 5.0),
        (None, 5.0),
    ],
)
def test_it_is_what_can_be_allocated_without_swapping_and_the_callers_word_where_nobody_says(
    said: str | None, expected: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said is not None:
        (tmp_path / "meminfo").write_text(said)
    monkeypatch.setattr(module, "SYSTEM", tmp_path / "meminfo")
    assert free_memory(unknown=5.0) == expected
