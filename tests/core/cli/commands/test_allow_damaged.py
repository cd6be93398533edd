"""``--allow-damaged``: off by default in every command that reads pictures; with it the output says what was done."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.cli import main as cli
from burnish.io import read_picture


@pytest.fixture
def half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a JPEG of which half is missing, behind a right end mark."""
    monkeypatch.setenv("BURNISH_ALLOW_DAMAGED", "0")  # what the option sets is taken back after the test
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    whole = bytes(cv2.imencode(".jpg", noise)[1])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "half.jpg").write_bytes(whole[: len(whole) // 2] + whole[-2:])
    return tmp_path / "in"


COMMANDS = {
    "restore": ["restore", "IN/half.jpg", "OUT.png", "--restorer", "burnish/identity"],
    "restore a folder": ["restore", "IN", "OUT", "--restorer", "burnish/identity"],
    "degrade": ["degrade", "IN/half.jpg", "OUT.png", "--degrader", "gaussian-noise", "--set", "sigma=0.1"],
    "evaluate": [
        "evaluate", "--restorer", "median", "--clean", "IN", "--degrader", "gaussian-noise", "--degrader-set",
        "sigma=0.1", "--metrics", "psnr",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_damaged_picture_is_refused_by_default_and_used_and_told_where_it_is_allowed(
    half: Path, name: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    words = [word.replace("IN", str(half)).replace("OUT", str(half.parent / "out")) for word in COMMANDS[name]]
    assert cli.main([*words, "--json", "--quiet"]) == 1
    assert "is a damaged JPEG: premature end of data segment" in capsys.readouterr().err
    with caplog.at_level(logging.WARNING):
        assert cli.main([*words, "--json", "--quiet", "--allow-damaged"]) == 0
    assert json.loads(capsys.readouterr().out)
    assert "half.jpg: is damaged (premature end of data segment); the readable part is used" in caplog.text


def test_the_record_of_a_restoration_names_the_damage(half: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["restore", str(half), str(half.parent / "out"), "--restorer", "burnish/identity", "--json", "--quiet"]
    assert cli.main([*words, "--allow-damaged"]) == 0
    (picture,) = json.loads(capsys.readouterr().out)["pictures"]
    assert (picture["damage"], picture["error"]) == ("premature end of data segment", None)
    assert read_picture(half.parent / "out" / "half.jpg").height == 96
