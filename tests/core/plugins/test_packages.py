"""What a restorer needs beside its distribution: told of in the order in which it must be mended."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from burnish.plugins.packages import lacking

MENDS = {"base_of_it": "install base", "top_of_it": "install top"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in MENDS:
        sys.modules.pop(name, None)


def told(site: Path, **modules: str) -> tuple[str, bool, str] | None:
    for name, code in modules.items():
        (site / f"{name}.py").write_text(code)
    found = lacking(MENDS)
    return (found.name, found.absent, found.mend) if found else None


def test_nothing_is_told_of_what_is_there(site: Path) -> None:
    assert told(site, base_of_it="", top_of_it="import base_of_it") is None


def test_what_needs_the_others_is_told_of_first_where_all_are_absent(site: Path) -> None:
    assert told(site) == ("top_of_it", True, "install top")


def test_the_others_are_told_of_where_they_alone_are_absent(site: Path) -> None:
    assert told(site, top_of_it="import base_of_it") == ("base_of_it", True, "install base")


def test_what_is_broken_is_told_of_before_what_it_breaks(site: Path) -> None:
    found = told(site, base_of_it="raise RuntimeError('operator is not there')", top_of_it="import base_of_it")
    assert found == ("base_of_it", False, "install base")
    fault = lacking(MENDS)
    assert fault is not None
    assert fault.fact == "cannot be imported (operator is not there)"
