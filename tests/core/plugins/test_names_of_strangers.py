"""Names and texts of strangers, planted with escapes: no terminal and no page gets one raw, and nothing crashes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from burnish.cli.main import main
from burnish.cli.table import table
from PIL import Image

NASTY = "a\x1b]0;title\x07\x1b[2J\u202e\n\x9b1m<b>.png"
NO_TEXT = os.fsdecode(b"caf\xe9\x1b[1m.png")
RAW = ("\x1b", "\x07", "\u202e", "\x9b", "\r")


def _clean(text: str) -> bool:
    text.encode("utf-8")
    return not any(character in text for character in RAW)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8))
    for name in (NASTY, NO_TEXT):
        picture.save(folder / "plain.png")
        (folder / "plain.png").rename(folder / name)
    return folder


def test_scores_and_their_page_hold_no_escape_of_a_file_name(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--restorer", "classical/median", "--clean", str(pictures), "--degrader", "jpeg", "--metrics", "psnr"]
    assert main(["evaluate", *words, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert _clean(said.out)
    assert _clean(said.err)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert _clean(page)
    assert r"a\x1b]0;title" in page
    assert "<b>.png" not in page
    assert main(["evaluate", *words, "--json"]) == 0
    told = capsys.readouterr().out
    assert told.isascii()
    assert (
        NASTY in json.dumps(json.loads(told), ensure_ascii=False).encode().decode("unicode_escape") or "title" in told
    )


def test_damaged_pictures_with_such_names_are_told_in_one_line_each(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in list(pictures.iterdir()):
        path.write_bytes(b"\x89PNG\r\n\x1a\n no picture")
    assert main(["restore", str(pictures), str(tmp_path / "out"), "--restorer", "classical/median"]) == 1
    said = capsys.readouterr()
    assert _clean(said.out)
    assert _clean(said.err)
    lines = [line for line in said.err.splitlines() if line.startswith("burnish: ")]
    assert len(lines) == 2
    assert any(r"caf\xe9\x1b[1m.png" in line for line in lines)
    assert any(r"\x1b]0;title\x07" in line for line in lines)


@pytest.mark.parametrize(
    "words", [["show", NASTY], ["check", NASTY], ["list", NASTY], [NASTY], ["restore", NASTY, "x"]]
)
def test_what_is_typed_comes_back_in_one_line_without_escapes(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) != 0
    said = capsys.readouterr()
    assert _clean(said.out + said.err)
    assert len(said.err.splitlines()) == 1


def test_a_cell_of_a_table_stays_one_line_and_columns_stay_straight() -> None:
    lines = table(("id", "summary"), [("a/b", "one\nok   forged\x1b[2K"), ("c/d", "two")])
    assert lines == [
        "id   summary",
        "───  ───────────────────────",
        r"a/b  one\nok   forged\x1b[2K",
        "c/d  two",
    ]
