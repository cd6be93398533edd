"""An ONNX file restores as ONNX Runtime itself does with it, whole and in tiles; what it does not say is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import burnish
import numpy as np
import pytest
import torch
from burnish.cli.main import main
from burnish.conformance import check

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: make setup")

Export = Callable[..., Path]
Made = Callable[[str], torch.nn.Module]


def picture(channels: int, height: int, width: int) -> torch.Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(2))


def runtimes_own(file: Path, given: torch.Tensor) -> torch.Tensor:
    """The oracle: a session of ONNX Runtime."""
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": given.numpy()})
    return torch.from_numpy(np.asarray(found))


def test_a_file_restores_as_onnx_runtime_does_with_it(exported: Export, made: Made) -> None:
    file = exported(made("doubler"))
    given = picture(3, 45, 58)
    assert torch.allclose(burnish.load(file)(given), runtimes_own(file, given), atol=1e-6, rtol=0)


def test_scale_channels_and_receptive_field_are_found(exported: Export, made: Made) -> None:
    loaded = burnish.load(exported(made("doubler")))
    assert (loaded.scale, loaded.channels, loaded.size_multiple, loaded.min_size) == (2, (3,), 1, 1)
    assert (loaded.receptive_field, loaded.tiling) == (9, "overlap")


def test_the_size_multiple_is_found_and_pictures_are_padded_to_it(exported: Export, made: Made) -> None:
    file = exported(made("strided"), 1)
    loaded = burnish.load(file)
    assert (loaded.size_multiple, loaded.min_size, loaded.receptive_field) == (4, 4, 15)
    given = picture(1, 44, 60)
    assert torch.allclose(loaded(given[..., :42, :59]), loaded(given)[..., :42, :59], atol=1e-1)
    assert torch.allclose(loaded(given), runtimes_own(file, given), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("network", "channels"), [("doubler", 3), ("strided", 1)])
def test_tiles_are_exact_where_the_receptive_field_is_finite(
    network: str, channels: int, exported: Export, made: Made
) -> None:
    file = exported(made(network), channels)
    given = picture(channels, 100, 132)
    assert torch.allclose(burnish.load(file)(given, tile=24), runtimes_own(file, given), atol=1e-6, rtol=0)


def test_a_network_that_looks_at_the_whole_picture_is_cut_into_feathered_tiles(exported: Export, made: Made) -> None:
    loaded = burnish.load(exported(made("means")))
    assert (loaded.receptive_field, loaded.tiling) == (None, "blend")


def test_a_network_of_one_size_is_given_pieces_of_exactly_this_size(exported: Export, made: Made) -> None:
    """Where pieces meet, far from the borders of any, they agree, since the network sees 4 pixels far."""
    network = made("doubler")
    loaded = burnish.load(exported(network, size=(48, 64)))
    given = picture(3, 101, 90)
    with torch.no_grad():
        wanted = network(given)
    found = loaded(given)
    assert found.shape == wanted.shape
    assert (found - wanted).abs().mean() < 0.02 * wanted.abs().mean()
    assert torch.allclose(found[..., :16, :16], wanted[..., :16, :16], atol=1e-6)


def test_a_picture_smaller_than_the_only_size_is_mirrored_up_to_it(exported: Export, made: Made) -> None:
    network = made("doubler")
    loaded = burnish.load(exported(network, size=(48, 64)))
    given = picture(3, 40, 30)
    with torch.no_grad():
        wanted = network(given)
    assert torch.allclose(loaded(given)[..., :60, :40], wanted[..., :60, :40], atol=1e-6)


def test_white_may_be_255_to_the_network(exported: Export, made: Made) -> None:
    file = exported(made("doubler"))
    given = picture(3, 20, 20)
    assert torch.allclose(burnish.load(file, white=255)(given), runtimes_own(file, given * 255) / 255, atol=1e-6)


def test_a_bundle_holds_the_file(exported: Export, made: Made, tmp_path: Path) -> None:
    file = exported(made("doubler"))
    wanted = burnish.load(file)(picture(3, 20, 24))
    assert main(["import-weights", str(file), str(tmp_path / "bundle")]) == 0
    file.unlink()
    loaded = burnish.load(tmp_path / "bundle")
    assert torch.equal(loaded(picture(3, 20, 24)), wanted)
    assert loaded.config == {"file": "", "white": 1.0, "scale": 2, "channels": 3}


def test_it_conforms(exported: Export, made: Made) -> None:
    found = check("onnx/model", config={"file": str(exported(made("doubler"))), "channels": 3, "scale": 2})
    assert [one.message for one in found if not one.passed] == []


def test_a_file_is_a_restorer_of_the_command_line(exported: Export, made: Made, tmp_path: Path) -> None:
    file = str(exported(made("doubler")))
    burnish.write(tmp_path / "in.png", (255 * picture(3, 20, 24)[0].permute(1, 2, 0)).round().byte().numpy())
    named = ["restore", str(tmp_path / "in.png")]
    assert main([*named, str(tmp_path / "a.png"), "--restorer", "onnx/model", "--set", f"file={file}"]) == 0
    assert main([*named, str(tmp_path / "b.png"), "--restorer", file]) == 0
    one, other = (burnish.read(tmp_path / f"{name}.png").pixels for name in "ab")
    assert one.shape == (40, 48, 3)
    assert (one == other).all()
