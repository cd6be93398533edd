"""``-`` for standard input and output, and several inputs in one call: nothing is mixed up, nothing is overwritten."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from burnish.cli.main import main
from burnish.io import Picture, read_picture, write_picture
from burnish.io.files import encode_picture
from burnish.io.formats.lookup import of_head

IDENTITY = ("--restorer", "burnish/identity")
NOISE = ("--degrader", "gaussian-noise", "--set", "sigma=0.1")
BURNISH = [sys.executable, "-m", "burnish.cli.main"]


def _picture(seed: int = 0) -> Picture:
    return Picture(pixels=np.random.default_rng(seed).integers(0, 65536, (9, 12, 3)).astype(np.uint16))


def called(content: bytes) -> str:
    """What people call the format of these bytes."""
    found = of_head(content[:16])
    assert found is not None
    return found.called


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a.png, b.tif and the folder more with a.png in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()
    for seed, name in enumerate(("a.png", "b.tif", "more/a.png")):
        write_picture(tmp_path / name, _picture(seed))
    return tmp_path


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Put bytes into standard input."""
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_pipe_gives_the_picture_alone_and_everything_else_to_standard_error(folder: Path) -> None:
    pytest.importorskip("burnish_degradations")
    noisy = subprocess.run(
        [*BURNISH, "degrade", "-", "-", *NOISE, "--seed", "1"],
        input=(folder / "a.png").read_bytes(), capture_output=True, check=True,
    )  # fmt: skip
    clear = subprocess.run(
        [*BURNISH, "restore", "-", "-", *IDENTITY], input=noisy.stdout, capture_output=True, check=True
    )
    (folder / "clear.png").write_bytes(clear.stdout)
    (folder / "noisy.png").write_bytes(noisy.stdout)
    assert np.array_equal(read_picture(folder / "clear.png").pixels, read_picture(folder / "noisy.png").pixels)
    assert read_picture(folder / "noisy.png").pixels.std() != read_picture(folder / "a.png").pixels.std()
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "b.tif", "clear.png", "more", "noisy.png"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [((), "PNG"), (("--format", "tiff"), "TIFF"), (("--format", "webp"), "WebP"), (("--format", "jpeg"), "JPEG")],
)
def test_the_format_of_standard_output_is_chosen_or_follows_the_input(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes], words: tuple[str, ...], kind: str
) -> None:
    write_picture(folder / "small.png", Picture(pixels=np.zeros((9, 9, 3), np.uint8)))
    assert main(["restore", "small.png", "-", *IDENTITY, *words]) == 0
    assert called(capfdbinary.readouterr().out) == kind


def test_a_lossy_picture_is_degraded_into_a_lossless_one(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    pytest.importorskip("burnish_degradations")
    write_picture(folder / "c.jpg", Picture(pixels=np.zeros((9, 9, 3), np.uint8)))
    assert main(["degrade", "c.jpg", "-", *NOISE]) == 0
    assert called(capfdbinary.readouterr().out) == "PNG"


def test_what_a_restorer_prints_never_reaches_the_picture(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from burnish.builtin.identity import Identity

    def loud(self: Identity, degraded: object, **known: object) -> object:
        print("hello from a plugin")
        return degraded

    monkeypatch.setattr(Identity, "__call__", loud, raising=False)
    monkeypatch.setattr(Identity, "forward", loud, raising=False)
    assert main(["restore", "a.png", "-", *IDENTITY]) == 0
    printed = capfdbinary.readouterr()
    assert b"hello from a plugin" in printed.err
    (folder / "out.png").write_bytes(printed.out)
    assert np.array_equal(read_picture(folder / "out.png").pixels, read_picture(folder / "a.png").pixels)


def test_a_picture_from_standard_input_goes_into_a_file_and_json_calls_it_so(
    folder: Path, send: Callable[[bytes], None], capsys: pytest.CaptureFixture[str]
) -> None:
    send(encode_picture(_picture(7), ".png"))
    assert main(["restore", "-", "out.tif", *IDENTITY, "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["pictures"]
    assert (record["source"], record["target"]) == ("-", "out.tif")
    assert np.array_equal(read_picture(folder / "out.tif").pixels, _picture(7).pixels)


def test_degraded_from_standard_input_a_picture_has_its_record_and_no_name(
    folder: Path, send: Callable[[bytes], None], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("burnish_degradations")
    send((folder / "a.png").read_bytes())
    assert main(["degrade", "-", "noisy.png", *NOISE, "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["pictures"]
    assert (record["source"], record["parameters"]) == ("-", "noisy.png.json")
    assert json.loads((folder / "noisy.png.json").read_text())["name"] == "-"
    send((folder / "a.png").read_bytes())
    assert main(["degrade", "-", "again.png", "--replay", "noisy.png.json"]) == 0
    assert (folder / "again.png").read_bytes() == (folder / "noisy.png").read_bytes()


def test_a_note_or_an_error_calls_standard_input_and_output_by_their_names(
    folder: Path, send: Callable[[bytes], None], capfd: pytest.CaptureFixture[str]
) -> None:
    send((folder / "a.png").read_bytes()[:-30])
    assert main(["restore", "-", "out.png", *IDENTITY]) == 1
    assert capfd.readouterr().err.startswith("burnish: standard input: is a damaged PNG")
    assert main(["restore", "a.png", "-", *IDENTITY, "--format", "jpeg"]) == 1
    assert capfd.readouterr().err.startswith("burnish: standard output: ")


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["a.png", "-", "--json"], "standard output takes the picture or JSON; remove --json"),
        (["a.png", "b.tif", "-"], "standard output takes one picture"),
        (["more", "-"], "standard output takes one picture"),
        (["a.png", "out.png", "--format", "png"], "--format needs - as OUT"),
        (["-", "a.png", "out"], "standard input has no name; give it"),
        (["-", "more"], "standard input has no name; give it"),
        (["-", "out.png"], "standard input: is empty"),
        (["a.png", "b.tif", "more/a.png"], "more/a.png: is not a folder; several inputs need an output folder"),
        (["a.png", "b.tif", "new.png"], "new.png: is not a folder"),
        (["a.png", "more/a.png", "out"], "more/a.png and a.png would both become a.png; rename one"),
        (["a.png", "absent.png", "out"], "absent.png: is missing"),
        (["a.png", "more/a.png", "more"], "is the input"),
        (["a.png"], "required: OUT"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("command", ["restore", "degrade"])
def test_what_cannot_be_meant_is_one_line_and_writes_nothing(
    folder: Path, send: Callable[[bytes], None], capsys: pytest.CaptureFixture[str],
    command: str, words: list[str], fact: str,
) -> None:  # fmt: skip
    if command == "degrade":
        pytest.importorskip("burnish_degradations")
    send(b"")
    before = sorted(folder.rglob("*"))
    assert main([command, *words, *(IDENTITY if command == "restore" else NOISE)]) in (1, 2)
    printed = capsys.readouterr()
    assert fact in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "stream", "fact"),
    [
        (["-", "out.png"], "stdin", "standard input is a terminal; give the picture, as with < in.png"),
        (["a.png", "-"], "stdout", "standard output is a terminal; send the picture elsewhere, as with > out.png"),
    ],
)
def test_a_terminal_neither_gives_nor_takes_a_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], stream: str, fact: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(getattr(sys, stream), "isatty", lambda: True)
    assert main(["restore", *words, *IDENTITY]) == 2
    assert capsys.readouterr().err == f"burnish: {fact}\n"
    assert not (folder / "out.png").exists()


def test_several_pictures_and_folders_go_into_one_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "a.png", "b.tif", "more", "out", *IDENTITY]) == 0
    assert "restored 3 of 3 pictures" in capsys.readouterr().out
    made = sorted(path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*.*"))
    assert made == ["a.png", "b.tif", "more/a.png"]
    for name in made:
        assert np.array_equal(read_picture(folder / "out" / name).pixels, read_picture(folder / name).pixels)


def test_of_several_one_that_fails_is_told_and_the_others_are_done(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.png").write_text("no picture")
    assert main(["restore", "a.png", "bad.png", "b.tif", "out", *IDENTITY, "--json"]) == 1
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert [bool(one["error"]) for one in told["pictures"]] == [False, True, False]
    assert printed.err.startswith("burnish: bad.png: ")
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["a.png", "b.tif"]


def test_several_are_degraded_as_each_would_be_alone_and_replayed_from_their_records(folder: Path) -> None:
    pytest.importorskip("burnish_degradations")
    write_picture(folder / "c.jpg", Picture(pixels=np.full((9, 9, 3), 99, np.uint8)))
    assert main(["degrade", "a.png", "c.jpg", "more", "out", *NOISE, "--quiet"]) == 0
    assert main(["degrade", "a.png", "alone.png", *NOISE, "--quiet"]) == 0
    assert (folder / "out/a.png").read_bytes() == (folder / "alone.png").read_bytes()
    made = sorted(path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*.png"))
    assert made == ["a.png", "c.png", "more/a.png"]
    first, second = (json.loads((folder / "out" / f"{name}.json").read_text()) for name in ("a.png", "more/a.png"))
    assert (first["name"], second["name"]) == ("a.png", "more/a.png")
    assert main(["degrade", "a.png", "c.jpg", "more", "again", "--replay", "out", "--quiet"]) == 0
    for name in made:
        assert (folder / "again" / name).read_bytes() == (folder / "out" / name).read_bytes()


def test_several_bursts_become_a_picture_each(folder: Path) -> None:
    pytest.importorskip("burnish_optical_flow")
    for clip in ("one", "two"):
        (folder / clip).mkdir()
        for number in range(3):
            pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3)).astype(np.uint8)
            write_picture(folder / clip / f"{number}.png", Picture(pixels=pixels))
    words = ["one", "two", "out", "--restorer", "optical-flow/burst-fusion", "--quiet", "--device", "cpu"]
    assert main(["restore", *words]) == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["one.png", "two.png"]
