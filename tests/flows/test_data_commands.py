"""``burnish data check`` and ``data add --split``: what they print, write, move and return."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.cli.main import main
from burnish_flows.data import sample
from burnish_flows.data.manifest import measure

SIDE = 96


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the current folder."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def flat(project: Path) -> Path:
    """A flat folder of twenty pairs, cut out of a photograph."""
    from skimage import data

    photograph, rng = data.astronaut(), np.random.default_rng(0)
    for number in range(20):
        top, left = 80 * (number // 5) + 16, 80 * (number % 5) + 16
        clean = photograph[top : top + SIDE, left : left + SIDE]
        noisy = np.clip(clean + rng.normal(0, 8, clean.shape), 0, 255).round().astype(np.uint8)
        for kind, pixels in (("clean", clean), ("noisy", noisy)):
            path = project / "pairs" / kind / f"p{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), pixels)
    return project / "pairs"


def test_a_flat_folder_of_pairs_is_listed_then_split_and_versioned_then_checked(
    flat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "add", "pairs", "--split", "60/20/20", "--dry-run"]) == 0
    listed = capsys.readouterr().out
    assert "noisy/p0.png -> " in listed
    assert "pairs of noisy/ and clean/: 40 files would be moved (12 train, 4 validation, 4 test)" in listed
    assert (flat / "noisy" / "p0.png").is_file()
    assert main(["data", "add", "pairs", "--split", "60/20/20"]) == 0
    record = capsys.readouterr().out
    assert "40 files moved (12 train, 4 validation, 4 test)" in record
    assert "24 train, 8 validation, 8 test" in record  # files, as every dataset counts them
    assert len(list((flat / "train" / "clean").iterdir())) == 12
    assert main(["data", "check", "pairs"]) == 0
    assert "pairs: pairs of noisy/ and clean/ (12 train, 4 validation, 4 test)" in capsys.readouterr().out


def test_the_json_of_add_names_every_move(flat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "add", "pairs", "--split", "60/20/20", "--dry-run", "--json"]) == 0
    moves = json.loads(capsys.readouterr().out)["split"]["moves"]
    assert len(moves) == 40
    assert main(["data", "add", "pairs", "--split", "60/20/20", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["split"]["moves"] == moves
    assert record["pictures"] == {"train": 24, "validation": 8, "test": 8}
    assert all((flat / new).is_file() for new in moves.values())


def test_quiet_says_nothing_and_does_the_same(flat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "add", "pairs", "--split", "60/20/20", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert len(list((flat / "train" / "clean").iterdir())) == 12
    assert (flat.parent / "pairs.dvc").is_file()


def test_options_of_splitting_need_split(flat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "add", "pairs", "--dry-run"]) == 2
    assert "--dry-run needs --split" in capsys.readouterr().err
    assert main(["data", "add", "pairs", "--by", "(.)"]) == 2
    assert "--by needs --split" in capsys.readouterr().err
    assert main(["data", "add", "pairs", "--split", "90/20/10"]) == 2
    assert "add up to 100" in capsys.readouterr().err


@pytest.fixture
def dataset(flat: Path) -> Path:
    assert main(["data", "add", "pairs", "--split", "60/20/20"]) == 0
    return flat


def test_errors_give_status_1_and_name_file_and_mend(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = sorted((dataset / "train" / "clean").iterdir())[0]
    gone.unlink()
    capsys.readouterr()
    for words in (["data", "check", "pairs"], ["data", "check", "pairs", "--quick"]):
        assert main(words) == 1
        out = capsys.readouterr().out
        assert f"error: train/noisy/{gone.name}: has no clean picture {gone.stem}; add its partner" in out
        assert "1 error, " in out
    assert main(["data", "check", "pairs", "--json", "--quiet"]) == 1
    streams = capsys.readouterr()
    report = json.loads(streams.out)
    assert [one["kind"] for one in report["findings"] if one["severity"] == "error"] == ["missing-partner"]
    assert streams.err == ""


def test_page_and_aligned_pairs_are_written(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = sorted((dataset / "train" / "noisy").iterdir())[0]
    cv2.imwrite(str(moved), np.roll(cv2.imread(str(moved)), 2, axis=1))
    assert main(["data", "check", "pairs", "--page", "out/check.html", "--align", "aligned"]) == 1
    out = capsys.readouterr().out
    assert f"error: train/noisy/{moved.name}: lies +2.0" in out
    assert "aligned: 1 pair moved, 19 copied as they are" in out
    assert Path("out/check.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["data", "check", "aligned"]) == 0


def test_a_recipe_says_how_the_folders_are_called(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for split in ("train", "validation"):
        (dataset / split / "noisy").rename(dataset / split / "before")
        (dataset / split / "clean").rename(dataset / split / "after")
    recipe = dataset.parent / "recipe.yaml"
    recipe.write_text(
        "model: denoise\nrestorer: {id: cnn/dncnn}\n"
        "data: {root: pairs, degraded: before, clean: after, match: affine}\ntraining: {budget: {steps: 1}}\n"
    )
    assert main(["data", "check", "recipe.yaml"]) == 0
    assert "pairs: pairs of before/ and after/ (12 train, 4 validation)" in capsys.readouterr().out.replace(
        f"{dataset.parent}/", ""
    )


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["data", "check", "nowhere"], "nowhere: is missing"),
        (["data", "check", "pairs"], "split it first: burnish data add pairs --split 80/10/10"),
        (["data", "check", "pairs", "--quick", "--page", "x.html"], "--quick compares no pictures"),
    ],
    ids=["missing", "flat", "quick page"],
)
def test_what_cannot_be_checked_is_refused_in_one_line(
    flat: Path, capsys: pytest.CaptureFixture[str], words: list[str], fact: str
) -> None:
    assert main(words) in (1, 2)
    error = capsys.readouterr().err
    assert fact in error
    assert error.count("\n") == 1


def test_sample_copies_the_photographs_of_the_installed_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["data", "sample", "photographs"]) == 0
    assert "photographs: 15 photographs (8 train, 2 validation, 5 test)" in capsys.readouterr().out
    assert measure(tmp_path / "photographs").md5 == sample.MD5
    assert main(["data", "sample", "photographs"]) == 2
    assert "exists already; give a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["photographs"]
