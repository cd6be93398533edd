"""The page on Python is run as it stands."""

from __future__ import annotations

import doctest
from pathlib import Path

import burnish
import pytest
from skimage.data import astronaut

pytest.importorskip("burnish_deconvolution")
pytest.importorskip("burnish_super_resolution")

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_every_example_of_the_page_says_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    burnish.write("photo.png", astronaut()[40:120, 160:256])
    flags = doctest.ELLIPSIS
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=flags, encoding="utf-8")
    assert tried > 15
    assert failed == 0, capsys.readouterr().out
