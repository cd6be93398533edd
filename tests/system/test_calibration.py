"""The figures that every table is checked by; if these do not come out, no other figure counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from burnish.cli import main as cli
from burnish.plugins.catalog import installed

PUBLISHED = {2: (33.66, 0.9299), 3: (30.39, 0.8682), 4: (28.42, 0.8104)}
MEASURED = {2: 33.661, 3: 30.392, 4: 28.421}
"""The same to one digit more, as measured with MATLAB's own imresize on luma rounded to 8 bit."""


def evaluate(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    assert cli.main(["evaluate", *map(str, words), "--json", "--quiet"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_bicubic_on_set5_gives_the_published_figures_to_their_last_digit(
    scale: int, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--restorer", "classical/bicubic", "--set", f"scale={scale}", "--benchmark", f"set5-x{scale}")
    found = evaluate(capsys, *words, "--clean", shared_data / "test/Set5")
    psnr, ssim = (found["metrics"][metric] for metric in ("metrics/psnr-y", "metrics/ssim-y"))
    assert (round(psnr["mean"], 2), round(ssim["mean"], 4)) == PUBLISHED[scale]
    assert round(psnr["mean"], 3) == MEASURED[scale]
    assert found["protocols"]["metrics/psnr-y"]["border"] == scale


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_every_image_of_set5_has_its_expected_figure(
    scale: int, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The expected figures are of luma kept in float, which is up to 0.014 dB below that of rounded luma."""
    expected = json.loads((shared_data / "EXPECTED.json").read_text())["test/Set5"]["per_image"]
    words = ("--restorer", "classical/bicubic", "--set", f"scale={scale}", "--benchmark", f"set5-x{scale}")
    found = evaluate(capsys, *words, "--clean", shared_data / "test/Set5")["metrics"]["metrics/psnr-y"]["per_image"]
    assert found.keys() == expected.keys()
    for name, psnr in found.items():
        assert psnr == pytest.approx(expected[name][f"x{scale}"], abs=0.015), name


@pytest.mark.parametrize("scale", [2, 4])
def test_small_pictures_made_by_matlab_give_the_figures_of_ours(
    scale: int, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = tmp_path / "clean"
    clean.mkdir()
    lows = shared_data / f"test/Set5_LR_matlab/X{scale}"
    for path in lows.iterdir():
        stem = path.stem.removesuffix(f"x{scale}")
        (clean / f"{path.stem}.bmp").symlink_to(shared_data / "test/Set5" / f"{stem}.bmp")
    words = (
        "--restorer",
        "classical/bicubic",
        "--set",
        f"scale={scale}",
        "--metrics",
        "psnr-y,ssim-y",
        "--clean",
        clean,
    )
    matlab = evaluate(capsys, *words, "--degraded", lows)
    ours = evaluate(capsys, *words, "--degrader", "bicubic", "--degrader-set", f"scale={scale}")
    assert matlab["metrics"] == ours["metrics"]


def test_the_gopro_pair_has_the_psnr_that_its_description_states(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "deblur/gopro_pair"
    sharp, blur = (next((folder / part).glob("*.png")) for part in ("sharp", "blur"))
    words = ("--restorer", "identity", "--clean", sharp, "--degraded", blur, "--metrics", "psnr")
    assert evaluate(capsys, *words)["metrics"]["metrics/psnr"]["mean"] == pytest.approx(24.05, abs=0.005)


@pytest.mark.parametrize(("level", "psnr"), [(15, 24.61), (25, 20.17), (50, 14.15)])
def test_noise_that_is_neither_clipped_nor_rounded_has_the_psnr_of_its_sigma(
    level: int, psnr: float, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--restorer", "identity", "--clean", shared_data / "test/BSD68", "--colour", "grey", "--metrics", "psnr")
    sigma = ("--degrader", "gaussian-noise", "--degrader-set", f"sigma={level / 255}", "--metric-set", "rounding=none")
    assert evaluate(capsys, *words, *sigma)["metrics"]["metrics/psnr"]["mean"] == pytest.approx(psnr, abs=0.01)


@pytest.mark.parametrize("quality", [10, 20, 30, 40])
def test_jpeg_itself_has_its_published_figure_on_classic5(
    quality: int, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmark = f"metrics/jpeg-{quality}-grey"
    spec = installed().get("benchmarks", benchmark).spec
    words = ("--restorer", "identity", "--benchmark", benchmark, "--clean", shared_data / "test/Classic5")
    found = evaluate(capsys, *words)["metrics"]["metrics/psnr"]["mean"]
    assert round(found, 2) == spec.published["JPEG"]["metrics/psnr"]
