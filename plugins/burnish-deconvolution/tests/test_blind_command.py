"""``burnish kernel``."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import ConfigError, UsageError
from burnish.inference import read_kernel
from burnish.io import Picture, read_picture, write_picture
from burnish_deconvolution.blind.command import main, write_array, write_view


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    levels = torch.randint(0, 256, (40, 48, 3), generator=torch.Generator().manual_seed(0)).byte().numpy()
    write_picture(tmp_path / "photo.png", Picture(pixels=levels))
    return tmp_path / "photo.png"


def test_the_array_is_what_kernel_takes_and_the_line_says_its_size(
    photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(photograph), str(tmp_path / "k.npy"), "--size", "5", "--device", "cpu"]) == 0
    kernel = read_kernel(tmp_path / "k.npy")
    side = kernel.shape[-1]
    assert f"kernel of {side}×{side} pixels; noise of the stored values: --sigma 0." in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k.npy", "photo.png"]


def test_a_kernel_that_is_not_to_be_trusted_is_written_and_told(
    photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(photograph), str(tmp_path / "k.npy"), "--size", "5", "--device", "cpu"]) == 0
    said = capsys.readouterr().err
    assert said.startswith(f"burnish: {photograph}: ") and "blur was" in said
    assert main([str(photograph), str(tmp_path / "k.npy"), "--size", "5", "--device", "cpu", "--json"]) == 0
    printed = capsys.readouterr()
    (record,) = json.loads(printed.out)["kernels"]
    assert record["confident"] is False
    assert said == f"burnish: {photograph}: {record['doubt']}\n"
    assert printed.err == ""


def test_the_noise_is_that_of_the_stored_values_as_restore_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = torch.randn(6, 600, 3, generator=torch.Generator().manual_seed(0))
    write_picture(tmp_path / "dark.png", Picture(pixels=(40 + 5.1 * noise).round().clamp(0, 255).byte().numpy()))
    assert main([str(tmp_path / "dark.png"), str(tmp_path / "k.npy"), "--size", "3", "--device", "cpu"]) == 0
    assert float(capsys.readouterr().out.rpartition("--sigma ")[2]) == pytest.approx(0.02, rel=0.1)


def test_an_array_comes_back_in_its_orientation(tmp_path: Path) -> None:
    kernel = torch.tensor([[0.5, 0, 0], [0, 0.25, 0], [0, 0, 0.25]])
    write_array(tmp_path / "k.npy", kernel)
    assert torch.equal(read_kernel(tmp_path / "k.npy")[0], kernel)


def test_the_picture_shows_every_value_as_a_square_with_white_for_the_largest(tmp_path: Path) -> None:
    kernel = torch.tensor([[0.5, 0, 0], [0, 0.25, 0], [0, 0, 0.25]])
    write_view(tmp_path / "k.png", kernel)
    pixels = read_picture(tmp_path / "k.png").pixels[..., 0]
    assert pixels.shape == (258, 258)
    assert np.array_equal(pixels[43::86, 43::86], [[255, 0, 0], [0, 128, 0], [0, 0, 128]])


def test_another_suffix_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"give \.npy"):
        main([str(tmp_path / "missing.png"), str(tmp_path / "k.jpg")])


def test_an_even_size_is_refused(photograph: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give 9"):
        main([str(photograph), str(tmp_path / "k.npy"), "--size", "8", "--device", "cpu"])


def test_an_array_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_array(tmp_path / "missing" / "k.npy", torch.ones(1, 1))


def test_an_unknown_option_is_one_line_with_the_mend() -> None:
    with pytest.raises(UsageError, match="burnish kernel --help"):
        main(["in.png", "out.npy", "--colour"])


def test_the_photograph_is_never_overwritten(photograph: Path) -> None:
    before = photograph.read_bytes()
    with pytest.raises(UsageError, match="never overwritten"):
        main([str(photograph), str(photograph), "--size", "5", "--device", "cpu"])
    assert photograph.read_bytes() == before


@pytest.fixture
def album(photograph: Path, tmp_path: Path) -> Path:
    """A folder with the photograph twice, once in a folder of its own, and a file that is no picture."""
    (tmp_path / "album" / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.png"):
        shutil.copy(photograph, tmp_path / "album" / name)
    (tmp_path / "album" / "broken.png").write_text("no picture")
    return tmp_path / "album"


QUICKLY = ["--size", "5", "--device", "cpu"]


def test_of_a_folder_each_photograph_gets_the_array_that_it_gets_alone_and_one_that_fails_fails_alone(
    album: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(photograph), str(tmp_path / "k.npy"), *QUICKLY]) == 0
    alone = capsys.readouterr().out.partition(": ")[2]
    assert main([str(album), str(tmp_path / "kernels"), *QUICKLY]) == 1
    written = sorted(path for path in (tmp_path / "kernels").rglob("*") if path.is_file())
    assert [path.relative_to(tmp_path / "kernels").as_posix() for path in written] == ["a.npy", "deep/b.npy"]
    assert {path.read_bytes() for path in written} == {(tmp_path / "k.npy").read_bytes()}
    printed = capsys.readouterr()
    assert printed.out == f"{written[0]}: {alone}{written[1]}: {alone}"
    assert sum(line.startswith(f"burnish: {album / 'broken.png'}: ") for line in printed.err.splitlines()) == 1


def test_several_inputs_keep_their_names_in_the_folder_and_json_says_what_became_of_each(
    album: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(photograph), str(album), str(tmp_path / "out"), "--json", *QUICKLY]) == 1
    told = json.loads(capsys.readouterr().out)
    targets = [made["target"] and Path(made["target"]).relative_to(tmp_path).as_posix() for made in told["kernels"]]
    assert targets == ["out/photo.npy", "out/album/a.npy", None, "out/album/deep/b.npy"]
    assert told["failed"] == 1 and "broken.png" in told["kernels"][2]["error"]
    for made in told["kernels"]:
        if made["target"]:
            assert read_kernel(Path(made["target"])).shape[-1] == made["side"]
            assert 0 < made["sigma"] < 1


@pytest.mark.parametrize("target", ["k.npy", "k.png", "photo.png"])
def test_several_photographs_need_a_folder(album: Path, photograph: Path, tmp_path: Path, target: str) -> None:
    with pytest.raises(UsageError, match="several IN need an output folder as the last argument"):
        main([str(photograph), str(album), str(tmp_path / target)])
    with pytest.raises(UsageError, match="is not a folder"):
        main([str(album), str(tmp_path / target)])


def test_two_photographs_never_become_one_array(album: Path, photograph: Path, tmp_path: Path) -> None:
    shutil.copy(photograph, album / "photo.png")
    with pytest.raises(UsageError, match=r"would both become photo\.npy; rename one"):
        main([str(photograph), str(album / "photo.png"), str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
