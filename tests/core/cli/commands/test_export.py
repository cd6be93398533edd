"""``burnish export``: a file, what it is worth in a few lines, JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from burnish.cli.commands.export import FORMATS, main
from burnish.errors import UsageError
from burnish.exporting import export

pytest.importorskip("onnxscript", reason="the extra burnish[onnx] is not installed")
pytest.importorskip("burnish_super_resolution")
MODEL = ("--restorer", "super-resolution/espcn:luma-x2")


def test_the_command_offers_every_format() -> None:
    assert tuple(FORMATS) == export.FORMATS


def test_a_few_lines_say_how_well_the_file_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "espcn.onnx"
    assert main([str(file), "--onnx", *MODEL]) == 0
    first, *rows, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{file}: super-resolution/espcn:luma-x2 in onnx, 0.15 MB, any number of pictures, sides")
    assert [row.split()[0] for row in rows][::2] == ["1×1×32×40", "1×1×64×48", "1×1×72×104"]
    assert all("dB, largest error" in row for row in rows)
    assert last.startswith("  OpenCV's dnn: ")


def test_json_tells_file_parity_and_what_the_file_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "espcn.pt"
    assert main([str(file), "--torchscript", *MODEL, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["file"], said["format"], said["size"]) == (str(file), "torchscript", file.stat().st_size)
    assert said["parity"][0].keys() == {"shape", "max_error", "psnr"}
    assert (said["about"]["scale"], said["about"]["data_use"]) == (2, "research")


def test_a_format_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--onnx --openvino --torchscript --bioimageio --dtmodel is required"):
        main([str(tmp_path / "espcn.onnx"), *MODEL])
