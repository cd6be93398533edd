"""``burnish explain``: a few lines, a page, JSON for programs."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from burnish.cli.main import main
from PIL import Image
from skimage import data

pytest.importorskip("burnish_super_resolution")
MODEL = ("--restorer", "super-resolution/espcn:luma-x2")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(data.astronaut()[40:100, 160:240]).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.mark.skipif(find_spec("captum") is None, reason="the extra burnish[explain] is not installed")
def test_a_few_lines_say_what_was_found_and_the_page_is_there(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = photo.with_name("why.html")
    assert main(["explain", str(photo), str(page), "--at", "80,60", *MODEL]) == 0
    told = capsys.readouterr()
    first, region, *rows = told.out.splitlines()
    assert first == "super-resolution/espcn:luma-x2: 16×16 pixels at 72,52 of the estimate"
    assert region.split(None, 2)[2] == "17×17 pixels of the input, at 32,22"
    assert [row[:22].strip() for row in rows[:3]] == ["local attribution", "integrated gradients", "occlusion"]
    assert rows[-1].endswith("9 pixels measured, 9 declared")
    assert "burnish: explained in grey, since it takes one channel at a time" in told.err
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_json_has_all_figures_and_needs_no_page(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", str(photo), "--box", "10,12,8,6", "--detector", "level", *MODEL, "--json", "--quiet"]
    assert main(asked) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["page"], said["box"], said["detector"], said["exact"]) == (None, [10, 12, 8, 6], "level", True)
    assert said["receptive_field"] | {"places": 3} == {
        "measured": 9, "at_least": False, "declared": 9, "places": 3, "by": "gradients",
    }  # fmt: skip
    assert said["lam"].keys() == {"diffusion_index", "pixels", "margin", "sum", "difference", "frames"}
    assert said["layers"][0].keys() >= {"name", "kind", "features", "dead", "saturated", "mean", "deviation"}
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("--at", "200,10"), "the point 200,10 does not lie in the estimate, which is 160 wide and 120 high"),
        (("--box", "150,0,20,8"), "the box 150,0,20,8 does not lie in the estimate"),
        (("--at", "12"), "12 is not a point X,Y"),
        (("--box", "1,2,3"), "1,2,3 is not a box X,Y,W,H"),
        ((), "one of the arguments --at --box is required"),
    ],
)
def test_a_place_that_cannot_be_meant_is_refused_in_one_line(
    photo: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], fact: str
) -> None:
    assert main(["explain", str(photo), *words, *MODEL]) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert fact in line


def test_a_folder_of_frames_is_a_burst(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("burnish_optical_flow")
    folder = photo.parent / "burst"
    folder.mkdir()
    for index in range(2):
        Image.open(photo).crop((0, 0, 12, 12)).save(folder / f"{index}.png")
    asked = ["explain", str(folder), "--at", "6,6", "--restorer", "optical-flow/burst-fusion", "--json", "--quiet"]
    assert main(asked) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["layers"] == []
