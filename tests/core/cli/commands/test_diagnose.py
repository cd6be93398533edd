from __future__ import annotations

import json
from pathlib import Path

import burnish
import cv2
import numpy as np
import pytest
from burnish.cli.main import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photograph with noise, and one without."""
    from skimage import data

    clean = data.astronaut()
    noisy = clean + np.random.default_rng(0).normal(0, 20, clean.shape)
    for name, picture in {"a-noisy": noisy, "b-clean": clean}.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture.round().clip(0, 255).astype(np.uint8)[:, :, ::-1])
    return tmp_path


def test_a_picture_is_told_in_a_few_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", str(folder / "a-noisy.png"), "--no-plan"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("a-noisy.png: 512×512, 8 bit, colour")
    assert [line.split()[0] for line in lines[1:]] == ["noise", "blur", "JPEG", "resolution", "light"]
    assert "independent between pixels" in lines[1]


def test_a_folder_is_one_json_value_and_an_unreadable_picture_does_not_stop_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "c-broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert main(["diagnose", str(folder), "--json", "--quiet", "--no-plan"]) == 1
    printed = capsys.readouterr()
    first, second, third = json.loads(printed.out)["pictures"]
    assert "noise" in first["problems"]
    assert first["noise"]["low"] < 20 / 255 < first["noise"]["high"]
    assert not {"noise", "blur", "jpeg"} & set(second["problems"])
    assert "c-broken.png" in third["error"]
    assert "c-broken.png" in printed.err
    assert main(["diagnose", str(folder / "c-broken.png")]) == 1


def test_all_restorers_that_fit_are_told_best_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("burnish_classical")
    assert main(["diagnose", str(folder / "a-noisy.png")]) == 0
    plan, fit = capsys.readouterr().out.splitlines()[-2:]
    assert plan.startswith("  plan       noise of σ ")
    assert "classical/bm3d +" in fit
    assert main(["diagnose", str(folder / "a-noisy.png"), "--json"]) == 0
    (step,) = json.loads(capsys.readouterr().out)["pictures"][0]["plan"]["steps"]
    gains = list(step["fitting"].values())
    assert gains == sorted(gains, reverse=True)
    assert step["restorer"] == next(iter(step["fitting"]))


def test_python_takes_a_file_or_a_picture(folder: Path) -> None:
    file = folder / "a-noisy.png"
    assert burnish.diagnose(file) == burnish.diagnose(burnish.read(file))
    with pytest.raises(burnish.BurnishError, match="is not a picture"):
        burnish.diagnose(3)
