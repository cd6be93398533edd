"""Fixtures of the core tests: plugins that are really on disk, with the metadata that pip would have written."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from burnish.distributions import Candidate, candidates

Install = Callable[..., Candidate]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder on ``sys.path``; modules imported from it are forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(folder) in str(sys.modules[name].__file__):
            del sys.modules[name]


@pytest.fixture
def install(site: Path) -> Install:
    """Write a distribution with one plugin module, as pip lays it out, and return how the host finds it."""

    def write(distribution: str, code: str, *, requires: str = "burnish>=0.1,<0.2", version: str = "1.0") -> Candidate:
        package = distribution.replace("-", "_")
        (site / package).mkdir()
        (site / package / "__init__.py").write_text("")
        (site / package / "plugin.py").write_text(textwrap.dedent(code))
        info = site / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\nRequires-Dist: {requires}\n\nText\n"
        )
        (info / "entry_points.txt").write_text(
            f"[console_scripts]\nx = y:z\n\n[burnish]\n{package} = {package}.plugin\n"
        )
        return next(found for found in candidates([str(site)]) if found.distribution == distribution)

    return write
