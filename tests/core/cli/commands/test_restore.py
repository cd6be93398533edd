"""Facts about ``burnish restore``: pictures in, pictures out, one line and a status when it cannot be done."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.cli.commands.restore import main
from burnish.cli.main import main as burnish
from burnish.cli.values import level
from burnish.errors import UsageError
from burnish.io import Metadata, Picture, read_picture, write_picture
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.declarations import RestorerSpec
from burnish.restorer.bundle import write_bundle


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 65536, (21, 30, 3)).astype(np.uint16)
    alpha = rng.integers(0, 65536, (21, 30)).astype(np.uint16)
    write_picture(tmp_path / "in.png", Picture(pixels=pixels, alpha=alpha, metadata=Metadata(orientation=6)))
    return tmp_path / "in.png"


def test_identity_gives_back_pixels_alpha_and_orientation(source: Path, tmp_path: Path) -> None:
    assert main([str(source), str(tmp_path / "out.tif"), "--restorer", "burnish/identity", "--quiet"]) == 0
    before, after = read_picture(source), read_picture(tmp_path / "out.tif")
    assert np.array_equal(before.pixels, after.pixels) and np.array_equal(before.alpha, after.alpha)
    assert after.metadata.orientation == 6


def test_a_bundle_of_identity_restores_and_json_says_what_was_done(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(
        tmp_path / "b", restorer="burnish/identity", config={}, weights={}, distribution="burnish", version="0.1.0"
    )
    assert main([str(source), str(tmp_path / "out.png"), "--bundle", str(tmp_path / "b"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["restorer"] == "burnish/identity" and record["origin"] == str(tmp_path / "b")
    assert record["failed"] == 0 and record["pictures"][0]["target"] == str(tmp_path / "out.png")


def test_a_failure_in_a_folder_is_reported_and_the_status_says_so(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.png").write_text("no picture")
    assert main([str(tmp_path), str(tmp_path / "out"), "--restorer", "burnish/identity"]) == 1
    printed = capsys.readouterr()
    assert "restored 1 of 2 pictures" in printed.out
    assert printed.err.count("\n") == 1 and "bad.png" in printed.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["in.png"]


@pytest.mark.parametrize(
    ("words", "fact", "status"),
    [
        (["--restorer", "identiti"], "did you mean burnish/identity", 1),
        (["--restorer", "burnish/identity", "--set", "a=1"], "no setting 'a'", 1),
        (["--restorer", "burnish/identity", "--tile", "big"], "--tile: big is neither auto", 2),
        (["--restorer", "burnish/identity", "--sigma", "25"], "25/255", 2),
        (["--restorer", "burnish/identity", "--kernel", "absent.npy"], "absent.npy", 2),
        (["--restorer", "burnish/identity", "--bundle", "b"], "not allowed with", 2),
        (["--bundle", "absent"], "there is no bundle here", 1),
        (["--restorer", "burnish/identity", "--for", "denoise"], "--for narrows the choice of a restorer", 2),
        (["--restorer", "burnish/identity", "--scale", "2"], "--scale asks for a restorer that enlarges", 2),
        (["--restorer", "burnish/identity", "--strength", "2"], "not a number from 0 to 1", 2),
        (["--sigma", "0.1"], "--sigma is told to a restorer; name one", 2),
        (["--set", "a=1"], "--set is a setting of a restorer; name one", 2),
        (["--for", "denoise,colour"], "--for colour: is no task; give one of dejpeg, denoise, deblur", 2),
        (["--scale", "2", "--strength", "0.5"], "--strength blends with the input", 2),
    ],
)
def test_what_cannot_be_done_is_one_line_a_status_and_no_file(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], fact: str, status: int
) -> None:
    assert burnish(["restore", str(source), str(tmp_path / "out.png"), *words]) == status
    printed = capsys.readouterr().err
    assert fact in printed and printed.startswith("burnish: ") and printed.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


def test_a_restorer_that_must_be_trained_is_not_run_with_random_weights(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = RestorerSpec(name="conv", factory="torch.nn:Conv2d", summary="Under test", trainable=True)
    catalog = Catalog([Entry(id="test/conv", spec=spec, distribution="burnish-test", version="1.0")])
    monkeypatch.setattr("burnish.inference.loading.load.installed", lambda: catalog)
    with pytest.raises(UsageError, match=r"test/conv must be trained first, .*; train it and pass its bundle"):
        main([str(source), str(tmp_path / "out.png"), "--restorer", "conv"])


def test_a_restorer_whose_weights_ship_is_offered_with_them(source: Path, tmp_path: Path) -> None:
    pytest.importorskip("burnish_cnn")
    offered = " or ".join(
        f"cnn/dncnn:{weights}" for weights in ("dejpeg-colour", "dejpeg-grey", "grey-25", "grey-25-wide", "grey-blind")
    )
    with pytest.raises(UsageError, match=rf"cnn/dncnn must be trained first, .* use {offered}, or"):
        main([str(source), str(tmp_path / "out.png"), "--restorer", "cnn/dncnn"])


@pytest.mark.parametrize(
    ("text", "value"), [("0.1", 0.1), ("25/255", 25 / 255), ("0", 0.0), ("1", 1.0), ("1e-2", 0.01)]
)
def test_sigma_is_a_number_or_a_fraction(text: str, value: float) -> None:
    assert level(text) == value


@pytest.mark.parametrize("text", ["25", "-0.1", "nan", "x", "1/0", "1/2/3", ""])
def test_what_is_no_standard_deviation_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="25/255"):
        level(text)


def test_the_picture_that_comes_out_is_that_of_the_bundled_network(tmp_path: Path) -> None:
    pytest.importorskip("burnish_cnn")
    from burnish.inference import load_bundle, restore
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import complete

    entry = installed().get("restorers", "cnn/dncnn")
    config = complete(entry.spec, {"depth": 3, "channels": 1} if "channels" in entry.spec.config else {"depth": 3})
    net = installed().create("restorers", "cnn/dncnn", config)
    folder = tmp_path / "b"
    write_bundle(
        folder, restorer=entry.id, config=config, weights=net.state_dict(), distribution="burnish-cnn", version="0.1.0"
    )
    pixels = np.random.default_rng(0).integers(0, 256, (25, 31, 1)).astype(np.uint8)
    write_picture(tmp_path / "in.png", Picture(pixels=pixels))
    words = ["--bundle", str(folder), "--quiet", "--precision", "fp32", "--tile", "8"]
    assert main([str(tmp_path / "in.png"), str(tmp_path / "out.png"), *words]) == 0
    degraded = torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None]
    oracle = restore(load_bundle(folder, device="cpu"), degraded, precision="fp32").clamp(0, 1).mul(255)
    difference = oracle[0, 0].numpy() - read_picture(tmp_path / "out.png").pixels[..., 0]
    assert np.abs(difference).max() <= 0.51


def test_what_another_format_does_not_hold_is_said_and_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (9, 9, 3)).astype(np.uint8)
    source = tmp_path / "a.png"
    write_picture(source, Picture(pixels=pixels, metadata=Metadata(png_chunks=((b"tEXt", b"Author\0me"),))))
    assert main([str(source), str(tmp_path / "a.jpg"), "--restorer", "burnish/identity", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["pictures"][0]["notes"] == ["not kept: the PNG chunks tEXt"]
    assert printed.err == f"burnish: {tmp_path / 'a.jpg'}: not kept: the PNG chunks tEXt\n"
    assert main([str(source), str(tmp_path / "b.png"), "--restorer", "burnish/identity"]) == 0
    assert capsys.readouterr().err == ""


def test_the_kernel_is_never_overwritten(source: Path, tmp_path: Path) -> None:
    write_picture(tmp_path / "k.png", Picture(pixels=np.full((3, 3, 1), 9, np.uint8)))
    with pytest.raises(UsageError, match=r"k\.png: is the input itself, which is never overwritten"):
        main(
            [
                str(source),
                str(tmp_path / "k.png"),
                "--restorer",
                "burnish/identity",
                "--kernel",
                str(tmp_path / "k.png"),
            ]
        )


@pytest.fixture
def shaken(tmp_path: Path) -> list[str]:
    """A call that deconvolves a picture with dead pixels, without its output; ``mask.png`` lies beside."""
    pytest.importorskip("burnish_deconvolution")
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (30, 40, 3)).astype(np.uint8)
    pixels[10:13, 20:24] = 255
    mask = np.full((30, 40, 1), 255, np.uint8)
    mask[10:13, 20:24] = 0
    write_picture(tmp_path / "in.png", Picture(pixels=pixels))
    write_picture(tmp_path / "mask.png", Picture(pixels=mask))
    np.savetxt(tmp_path / "k.txt", np.full((3, 3), 1 / 9))
    return ["--restorer", "deconvolution/wiener", "--kernel", str(tmp_path / "k.txt"), "--sigma", "0.1", "--quiet"]


@pytest.mark.parametrize("name", ["mask", "saturated"])
def test_a_mask_from_a_file_is_the_condition_of_the_front_door(shaken: list[str], tmp_path: Path, name: str) -> None:
    source = str(tmp_path / "in.png")
    assert main([source, str(tmp_path / "out.png"), *shaken, f"--{name}", str(tmp_path / "mask.png")]) == 0
    assert main([source, str(tmp_path / "without.png"), *shaken]) == 0
    import burnish

    valid = read_picture(tmp_path / "mask.png").pixels[..., 0] > 0
    known = {"mask": valid} if name == "mask" else {"saturated": valid}
    restorer = burnish.load("deconvolution/wiener", device="cpu")
    expected = restorer(burnish.read(source), kernel=np.full((3, 3), 1 / 9), sigma=0.1, **known)
    restored = read_picture(tmp_path / "out.png").pixels
    assert np.array_equal(restored, expected.pixels)
    assert not np.array_equal(restored, read_picture(tmp_path / "without.png").pixels)


def test_a_mask_for_a_restorer_that_takes_none_is_refused_with_what_to_do(
    shaken: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--restorer", "burnish/identity"]
    assert burnish(["restore", *words, "--mask", str(tmp_path / "mask.png")]) == 2
    printed = capsys.readouterr().err
    assert "takes no mask; use a restorer that accepts one" in printed and printed.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


def test_of_several_pictures_the_one_whose_size_is_not_the_masks_fails_alone(
    shaken: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picture(tmp_path / "small.png", Picture(pixels=np.full((9, 9, 3), 9, np.uint8)))
    sources = [str(tmp_path / name) for name in ("in.png", "small.png")]
    assert main([*sources, str(tmp_path / "out"), *shaken, "--mask", str(tmp_path / "mask.png")]) == 1
    failed, *notes = capsys.readouterr().err.splitlines()
    assert "small.png" in failed and "mask is shaped (1, 1, 30, 40)" in failed
    assert all("in.png: " in note for note in notes)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["in.png"]


def test_the_mask_is_never_overwritten(shaken: list[str], tmp_path: Path) -> None:
    mask = str(tmp_path / "mask.png")
    with pytest.raises(UsageError, match=r"mask\.png: is the input itself, which is never overwritten"):
        main([str(tmp_path / "in.png"), mask, *shaken, "--mask", mask])


def test_a_map_of_disagreement_is_written_beside_the_picture_with_its_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    flat = np.full((40, 48, 3), 120.0)
    flat[16:19, 20:23] = 250.0  # a median takes it for noise
    write_picture(tmp_path / "in.png", Picture(pixels=(flat + rng.normal(0, 3, flat.shape)).astype(np.uint8)))
    given = [str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--restorer", "classical/median", "--set", "size=7"]
    assert main([*given, "--disagreement"]) == 0
    assert "out.png: the estimate contradicts its input in" in capsys.readouterr().err
    found = read_picture(tmp_path / "out-disagreement.png").pixels
    assert found.shape == (40, 48, 1) and found.dtype == np.uint8
    assert found[17, 21] > 85 and found[:12].max() < 85 and found[28:].max() < 85


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (["OUT", "--restorer", "classical/unsharp"], "what classical/unsharp undoes is not known"),
        (["OUT"], "--disagreement compares what one restorer made"),
        (["-", "--restorer", "classical/median"], "--disagreement writes a picture beside OUT"),
    ],
)
def test_a_map_of_disagreement_that_cannot_be_made_is_refused_before_any_work(
    source: Path, tmp_path: Path, given: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(tmp_path / "out.png") if word == "OUT" else word for word in given]
    assert burnish(["restore", str(source), *words, "--disagreement"]) == 2
    assert fault in capsys.readouterr().err
    assert not list(tmp_path.glob("out*"))
