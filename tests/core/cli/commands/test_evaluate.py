from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish.cli import main as cli
from burnish.restorer.bundle import write_bundle
from PIL import Image

NOISE = ["--degrader", "gaussian-noise", "--degrader-set", "sigma=0.1"]


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    folder = tmp_path / "clean"
    folder.mkdir()
    for seed, name in enumerate(("a.png", "b.png")):
        coarse = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((40, 36), Image.Resampling.BICUBIC).save(folder / name)
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    assert cli.main(["evaluate", *map(str, words), "--json", "--quiet"]) == 0, capsys.readouterr().err
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_json_holds_metrics_time_protocols_and_lineage(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "--restorer", "identity", "--clean", clean, *NOISE, "--metrics", "psnr,ssim", "--seed", "3")
    psnr = found["metrics"]["metrics/psnr"]
    assert psnr["mean"] == pytest.approx((psnr["per_image"]["a.png"] + psnr["per_image"]["b.png"]) / 2)
    assert found["degraded"]["metrics/ssim"] == found["metrics"]["metrics/ssim"]
    assert found["seconds_per_megapixel"] > 0
    assert found["protocols"]["metrics/psnr"]["rounding"] == "uint8"
    assert found["lineage"]["restorer"]["id"] == "burnish/identity"
    assert (found["degrader"], found["seed"]) == ("degradations/gaussian-noise", 3)


def test_infinite_scores_are_strings_in_json(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "--restorer", "identity", "--clean", clean, "--degraded", clean, "--metrics", "psnr")
    assert found["metrics"]["metrics/psnr"]["mean"] == "Infinity"


def test_settings_reach_restorer_degrader_and_metrics(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(
        capsys,
        *("--restorer", "classical/bicubic", "--set", "scale=3", "--clean", clean, "--colour", "y"),
        *("--degrader", "bicubic", "--degrader-set", "scale=3", "--metrics", "psnr-y"),
        *("--metric-set", "border=5", "--metric-set", "rounding=clip"),
    )
    assert found["degrader_config"]["scale"] == 3
    protocol = found["protocols"]["metrics/psnr-y"]
    assert (protocol["border"], protocol["rounding"], found["colour"]) == (5, "clip", "y")


def test_less_memory_makes_tiles_and_the_scores_are_those_of_the_tiles(
    clean: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for picture in clean.iterdir():
        Image.open(picture).resize((120, 110)).save(picture)
    words = ["evaluate", "--restorer", "total-variation", "--set", "iterations=50", "--clean", str(clean), "--json"]
    scores, warnings = [], []
    for memory in ([], ["--memory", "1"]):
        told = ["--degraded", str(clean), "--sigma", "0.1", "--metrics", "psnr", *memory]
        assert cli.main([*words, *told]) == 0
        captured = capsys.readouterr()
        scores.append(json.loads(captured.out)["metrics"]["metrics/psnr"]["mean"])
        warnings.append("too large for 1 MiB: feathered tiles" in captured.err)
    assert warnings == [False, True]
    assert scores[0] != scores[1]


def test_a_bundle_is_scored_under_its_path(clean: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from burnish.plugins.catalog import installed

    entry = installed().get("restorers", "cnn/dncnn")
    config = {"channels": 1, "depth": 2, "features": 4}
    net = installed().create("restorers", entry.id, {k: v for k, v in config.items() if k in entry.spec.config})
    used = {k: v for k, v in config.items() if k in entry.spec.config}
    write_bundle(
        tmp_path / "b",
        restorer=entry.id,
        config=used,
        weights=net.state_dict(),
        distribution=entry.distribution,
        version=entry.version,
    )
    found = run(capsys, "--bundle", tmp_path / "b", "--clean", clean, *NOISE, "--colour", "grey", "--metrics", "psnr")
    assert found["subject"] == f"bundle:{tmp_path / 'b'}"
    assert found["cost"]["parameters"] == sum(p.numel() for p in net.parameters())
    assert found["lineage"]["bundle"]["weights_sha256"]


def test_the_table_shows_images_means_input_and_published_figures(
    clean: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "--restorer", "identity", "--benchmark", "gaussian-25-grey", "--clean", str(clean)]
    assert cli.main([*words, "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert all(text in out for text in ("a.png", "mean", "input psnr dB", "s per megapixel", "BM3D: psnr 28.57"))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"scorecard.json", "report.html", "pictures"}


def test_nothing_is_left_where_an_evaluation_fails(
    clean: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clean / "z.png").write_bytes(b"no picture")
    words = ["evaluate", "--restorer", "identity", "--clean", str(clean), *NOISE, "--out", str(tmp_path / "out")]
    assert cli.main(words) == 1
    assert "z.png" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["clean"]


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ([], "one of the arguments --restorer --bundle --model is required"),
        (["--restorer", "identity"], "give one of --benchmark, --degrader, --degraded and --shots"),
        (["--restorer", "identity", *NOISE, "--degraded", "x"], "give one of"),
        (["--restorer", "identity", "--benchmark", "set5-x2", "--seed", "1"], "--benchmark already fixes --seed"),
        (["--restorer", "identity", "--degraded", "x", "--seed", "1"], "--degraded does not use --seed; remove it"),
        (["--restorer", "identity", *NOISE, "--metric-set", "x=1"], "none of metrics/psnr, metrics/ssim has"),
        (["--restorer", "identity", *NOISE, "--metrics", "psnrr"], "did you mean metrics/psnr"),
        (["--restorer", "identity", "--benchmark", "set5-x2"], "enlarges by 1 but degradations/bicubic"),
        (["--restorer", "identity", *NOISE, "--tile", "two"], "--tile"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_call_gives_one_line_and_a_status(
    words: list[str], fact: str, clean: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "--clean", str(clean), *words]) in {1, 2}
    captured = capsys.readouterr()
    assert fact in captured.err
    assert captured.err.startswith("burnish: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_network_without_training_is_refused_before_any_picture_is_read(
    clean: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clean / "broken.png").write_bytes(b"no picture")
    assert cli.main(["evaluate", "--restorer", "cnn/dncnn", "--clean", str(clean), *NOISE]) == 2
    told = capsys.readouterr().err
    assert told.startswith("burnish: cnn/dncnn must be trained first") and told.count("\n") == 1
    words = ["--restorer", "self-ensemble", "--set", "restorer=cnn/dncnn", "--clean", str(clean)]
    assert cli.main(["evaluate", *words, *NOISE]) == 2
    assert "cnn/dncnn must be trained first" in capsys.readouterr().err
