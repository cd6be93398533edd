"""Wrong ONNX files on purpose: each error names the file, the fact and the mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import burnish
import pytest
import torch
from burnish.errors import BundleError, BurnishError, ConfigError, UsageError
from torch import nn

pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: make setup")

Export = Callable[..., Path]
Made = Callable[[str], torch.nn.Module]


def test_two_inputs_are_named(exported: Export, made: Made) -> None:
    with pytest.raises(ConfigError, match=r"WithSigma\.onnx: takes 2 inputs \(x, sigma\), but is given one, the pict"):
        burnish.load(exported(made("with sigma"), inputs=2))


def test_an_input_that_is_no_picture_is_told(exported: Export, made: Made) -> None:
    with pytest.raises(ConfigError, match=r"Conv2d\.onnx: its input is 1×5×.*; export it with pictures 1×C×H×W"):
        burnish.load(exported(nn.Conv2d(5, 5, 3), 5))


def test_a_network_that_changes_the_channels_is_told(exported: Export, made: Made) -> None:
    with pytest.raises(ConfigError, match=r"restores no picture that was tried \(it makes 1×2×.* of 1×3×"):
        burnish.load(exported(nn.Conv2d(3, 2, 3, padding=1)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        BundleError, match=r"gone\.onnx: cannot be read \(No such file.*; give the path of an ONNX file"
    ):
        burnish.load(tmp_path / "gone.onnx")


@pytest.mark.parametrize("content", [b"", b"\x89PNG and so on", b"\0" * 64])
def test_a_file_that_is_no_onnx_model_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(BurnishError, match=r"x\.onnx: "):
        burnish.load(tmp_path / "x.onnx")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_truncated_file_is_named(share: float, exported: Export, made: Made) -> None:
    file = exported(made("doubler"))
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BundleError, match=r"Doubler\.onnx: ONNX Runtime cannot open it .*; export or copy it again"):
        burnish.load(file)


def test_settings_that_the_file_does_not_have_are_refused(exported: Export, made: Made) -> None:
    with pytest.raises(ConfigError, match=r"Doubler\.onnx: has scale 2, not 4; remove scale"):
        burnish.load(exported(made("doubler")), scale=4)


def test_without_a_file_it_asks_for_one() -> None:
    with pytest.raises(UsageError, match=r"onnx/model is made of a file; give one \(\.onnx\) with --set file=FILE"):
        burnish.load("onnx/model")


def test_weights_in_a_file_of_their_own_are_read_but_not_imported(
    tmp_path: Path, exported: Export, made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """As torch's newer exporter writes them."""
    onnx = pytest.importorskip("onnx")
    file = exported(made("doubler"))
    onnx.save(onnx.load(file), file, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert burnish.load(file)(torch.rand(1, 3, 8, 8)).shape == (1, 3, 16, 16)
    from burnish.cli.main import main

    assert main(["import-weights", str(file), str(tmp_path / "b")]) == 2
    assert "holds no weights that a bundle could keep (do they lie in other files?)" in capsys.readouterr().err
