"""Facts about ``burnish degrade``: seeded by name, replayable from its records, depth kept, one line when it fails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from burnish.cli.commands.degrade import main, read_record, record_of
from burnish.cli.main import main as burnish
from burnish.errors import DataError, UsageError
from burnish.evaluation.benchmarks.degraded_inputs import image_seed
from burnish.io import Metadata, Picture, from_tensor, read_clean, read_picture, write_picture
from burnish.plugins.catalog import installed

pytest.importorskip("burnish_degradations")


def _write(path: Path, kind: type[np.generic] = np.uint8, seed: int = 0, alpha: bool = False) -> Path:
    rng = np.random.default_rng(seed)
    peak = 255 if kind is np.uint8 else 65535
    rough = rng.uniform(0.25, 0.75, (4, 6, 3)).repeat(8, axis=0).repeat(6, axis=1)
    pixels = (rough * peak).astype(kind)
    plane = rng.integers(0, peak, pixels.shape[:2]).astype(kind) if alpha else None
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, Picture(pixels=pixels, alpha=plane, metadata=Metadata()))
    return path


def _run(*words: object) -> int:
    return main([*map(str, words), "--quiet"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _write(tmp_path / "clean" / "a.png", seed=1)
    _write(tmp_path / "clean" / "deep" / "b.png", np.uint16, seed=2)
    _write(tmp_path / "clean" / "c.jpg", seed=3)
    return tmp_path / "clean"


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


NOISE = ("--degrader", "gaussian-noise", "--set", "sigma=[0.02, 0.1]")


def test_a_folder_is_degraded_with_a_record_beside_each_picture(folder: Path, tmp_path: Path) -> None:
    assert _run(folder, tmp_path / "noisy", *NOISE) == 0
    assert sorted(_files(tmp_path / "noisy")) == [
        "a.png",
        "a.png.json",
        "c.png",
        "c.png.json",
        "deep/b.png",
        "deep/b.png.json",
    ]
    record = read_record(tmp_path / "noisy" / "deep" / "b.png.json")
    assert record["degrader"] == "degradations/gaussian-noise"
    assert record["distribution"] == "burnish-degradations"
    assert (record["seed"], record["name"]) == (0, "deep/b.png")
    assert record["conditions"]["sigma"] == pytest.approx(record["parameters"]["sigma"][0], abs=1e-7)


def test_what_is_written_is_the_observation_that_evaluation_makes_of_the_same_seed(
    folder: Path, tmp_path: Path
) -> None:
    assert _run(folder, tmp_path / "noisy", *NOISE, "--seed", 5) == 0
    degrader = installed().create("degraders", "gaussian-noise", {"sigma": [0.02, 0.1]})
    for name in ("a.png", "deep/b.png"):
        generator = torch.Generator().manual_seed(image_seed(5, name))
        observed = degrader(read_clean(folder / name), generator).degraded
        like = read_picture(folder / name)
        assert np.array_equal(read_picture(tmp_path / "noisy" / name).pixels, from_tensor(observed, like).pixels)


def test_sixteen_bit_pictures_stay_so_and_gain_more_than_256_levels(folder: Path, tmp_path: Path) -> None:
    assert _run(folder / "deep" / "b.png", tmp_path / "out.tif", "--degrader", "defocus-blur") == 0
    pixels = read_picture(tmp_path / "out.tif").pixels
    assert pixels.dtype == np.uint16
    assert len(np.unique(pixels)) > 500


@pytest.mark.parametrize(
    "words",
    [
        NOISE,
        ("--degrader", "camera-shake", "--set", "length=6", "--set", "noise=0.02", "--set", "boundary=valid"),
        ("--degrader", "bicubic", "--set", "scale=2"),
        ("--degrader", "sequence", "--set", "steps=[{id: gaussian-blur}, {id: gaussian-noise}, {id: jpeg}]"),
    ],
)
def test_records_replay_to_the_very_same_files(folder: Path, tmp_path: Path, words: Sequence[str]) -> None:
    assert _run(folder, tmp_path / "first", *words, "--seed", 3) == 0
    assert _run(folder, tmp_path / "again", "--replay", tmp_path / "first") == 0
    assert _files(tmp_path / "again") == _files(tmp_path / "first")
    record = tmp_path / "first" / "a.png.json"
    assert _run(folder / "a.png", tmp_path / "one.png", "--replay", record) == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "first" / "a.png").read_bytes()


def test_a_picture_is_degraded_alike_whatever_lies_beside_it(folder: Path, tmp_path: Path) -> None:
    assert _run(folder, tmp_path / "all", *NOISE) == 0
    assert _run(folder / "a.png", tmp_path / "one.png", *NOISE) == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "all" / "a.png").read_bytes()
    assert _run(folder / "a.png", tmp_path / "other.png", *NOISE, "--seed", 1) == 0
    assert (tmp_path / "other.png").read_bytes() != (tmp_path / "one.png").read_bytes()


def test_alpha_is_cropped_where_the_picture_is(tmp_path: Path) -> None:
    source = _write(tmp_path / "in.png", np.uint16, alpha=True)
    words = ("--degrader", "defocus-blur", "--set", "radius=2", "--set", "boundary=valid")
    assert _run(source, tmp_path / "out.png", *words) == 0
    before, after = read_picture(source), read_picture(tmp_path / "out.png")
    assert before.alpha is not None and after.alpha is not None
    assert np.array_equal(after.alpha, before.alpha[2:-2, 2:-2])


def test_the_kernel_in_the_record_sums_to_one(folder: Path, tmp_path: Path) -> None:
    assert _run(folder / "a.png", tmp_path / "out.png", "--degrader", "motion-blur") == 0
    kernel = np.array(read_record(tmp_path / "out.png.json")["conditions"]["kernel"])
    assert kernel.ndim == 2 and kernel.sum() == pytest.approx(1, abs=1e-5)


def test_a_picture_that_fails_is_reported_and_the_others_are_done(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.png").write_text("no picture")
    assert main([str(folder), str(tmp_path / "out"), *NOISE, "--json"]) == 1
    printed = capsys.readouterr()
    said = json.loads(printed.out)
    assert said["failed"] == 1 and len(said["pictures"]) == 4
    assert printed.err.count("\n") == 1 and "bad.png" in printed.err
    assert not record_of(tmp_path / "out" / "bad.png").exists()


@pytest.mark.parametrize(
    ("words", "fact", "status"),
    [
        (("--degrader", "gausian-noise"), "did you mean degradations/gaussian-noise", 1),
        (("--degrader", "gaussian-noise", "--set", "sigma=7"), "sigma", 1),
        (("--degrader", "gaussian-noise", "--set", "sgma=0.1"), "did you mean sigma", 1),
        (("--degrader", "bicubic", "--set", "scale=5"), "scale", 1),
        (("--degrader", "motion-blur", "--set", "length=400", "--set", "boundary=valid"), "a.png", 1),
        (("--replay", "nowhere.json"), "nowhere.json", 1),
        (("--replay", "nowhere.json", "--seed", "3"), "remove --set and --seed", 2),
        ((), "--degrader", 2),
    ],
)
def test_mistakes_give_one_line_and_no_output(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: Sequence[str], fact: str, status: int
) -> None:
    assert burnish(["degrade", str(folder / "a.png"), str(tmp_path / "out.png"), *words]) == status
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and fact in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean"]


def test_the_input_is_never_overwritten_and_clashing_names_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="never overwritten"):
        _run(folder / "a.png", folder / "a.png", *NOISE)
    with pytest.raises(UsageError, match="never overwritten"):
        _run(folder / "a.png", folder, *NOISE)
    _write(folder / "a.jpg")
    with pytest.raises(UsageError, match=r"would both become a\.png"):
        _run(folder, tmp_path / "out", *NOISE)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 99}', '{"format": 1, "degrader": "x"}'])
def test_what_is_no_record_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(DataError, match=r"r\.json"):
        read_record(tmp_path / "r.json")


def test_a_record_that_does_not_fit_the_picture_is_refused(folder: Path, tmp_path: Path) -> None:
    assert _run(folder / "a.png", tmp_path / "out.png", *NOISE) == 0
    record = json.loads((tmp_path / "out.png.json").read_text())
    record["parameters"] = {"sigma": [0.1]}
    (tmp_path / "damaged.json").write_text(json.dumps(record))
    with pytest.raises(DataError, match=r"damaged\.json: does not match the installed degradations/gaussian-noise"):
        _run(folder / "a.png", tmp_path / "again.png", "--replay", tmp_path / "damaged.json")


def test_records_of_another_kind_than_the_input_are_refused(folder: Path, tmp_path: Path) -> None:
    assert _run(folder / "a.png", tmp_path / "out.png", *NOISE) == 0
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match=r"out\.png\.json: is not a folder of records, but .*clean needs one"):
        _run(folder, tmp_path / "again", "--replay", tmp_path / "out.png.json")
    with pytest.raises(UsageError, match=r"none: is not a record \(a file\), but .*a\.png needs one"):
        _run(folder / "a.png", tmp_path / "again.png", "--replay", tmp_path / "none")
    with pytest.raises(DataError, match="none: contains no record; give the output of `burnish degrade`"):
        _run(folder, tmp_path / "again", "--replay", tmp_path / "none")


BURST = ("--degrader", "burst", "--set", "frames=3", "--set", "scale=1")


def test_a_burst_becomes_a_folder_of_frames_with_its_motion_beside(folder: Path, tmp_path: Path) -> None:
    assert _run(folder, tmp_path / "bursts", *BURST) == 0
    names = {path.relative_to(tmp_path / "bursts").as_posix() for path in (tmp_path / "bursts").rglob("*.*")}
    assert {"a/0000.png", "a/0001.png", "a/0002.png", "a.json", "a.flow.npy", "deep/b/0000.png"} <= names
    assert read_picture(tmp_path / "bursts" / "deep" / "b" / "0000.png").pixels.dtype == np.uint16
    flow = np.load(tmp_path / "bursts" / "a.flow.npy", allow_pickle=False)
    size = read_picture(tmp_path / "bursts" / "a" / "0000.png").pixels.shape[:2]
    assert flow.shape == (3, 2, *size)
    assert not flow[0].any()
    again = ("--replay", tmp_path / "bursts")
    assert _run(folder, tmp_path / "again", *again) == 0
    pictures = [sorted(_files(tmp_path / name / "a").items()) for name in ("bursts", "again")]
    assert pictures[0] == pictures[1]


def test_a_clip_becomes_a_clip_whose_frames_keep_their_names_where_there_are_as_many(tmp_path: Path) -> None:
    for index in range(7):
        _write(tmp_path / "clip" / f"f{index + 8}.png", seed=index)
    noise = ("--degrader", "per-frame", "--set", "degrader=gaussian-noise")
    assert _run(tmp_path / "clip", tmp_path / "noisy", *noise) == 0
    assert set(_files(tmp_path / "noisy")) == set(_files(tmp_path / "clip"))
    words = ("--degrader", "frame-average", "--set", "window=3", "--set", "step=1")
    assert _run(tmp_path / "clip", tmp_path / "out", *words) == 0
    assert sorted(_files(tmp_path / "out")) == [f"{index:04d}.png" for index in range(5)]
    with pytest.raises(UsageError, match="exists already"):
        _run(tmp_path / "clip", tmp_path / "out", *words)
    with pytest.raises(UsageError, match="several frames need an output folder"):
        _run(tmp_path / "clip", tmp_path / "out.png", *words)
    with pytest.raises(DataError, match="contains no clip"):
        (tmp_path / "empty").mkdir()
        _run(tmp_path / "empty", tmp_path / "out2", *words)


GROUND = [(33550, 12, 3, (2.0, 2.0, 0.0), True), (33922, 12, 6, (0.0, 0.0, 0.0, 500.0, 900.0, 0.0), True)]


def _raster(path: Path, height: int = 41, width: int = 60) -> np.ndarray:
    """A GeoTIFF whose first 6 rows and last 5 columns hold no data."""
    pixels = np.random.default_rng(0).integers(60, 190, (height, width, 3)).astype(np.uint8)
    pixels[:6], pixels[:, -5:] = 0, 0
    tifffile.imwrite(path, pixels, photometric="rgb", extratags=[*GROUND, (42113, 2, 0, "0", True)])
    return pixels


def test_pixels_without_data_are_cropped_with_the_picture_and_stay_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = _raster(tmp_path / "in.tif")
    settings = ("--degrader", "gaussian-blur", "--set", "width=0.6", "--set", "boundary=valid")
    assert _run(tmp_path / "in.tif", tmp_path / "out.tif", *settings) == 0
    after = read_picture(tmp_path / "out.tif")
    margin = (41 - after.height) // 2
    assert margin > 0
    assert np.array_equal(after.invalid, (pixels == 0).all(axis=2)[margin:-margin, margin:-margin])
    assert after.pixels[~after.invalid].min() > 50  # nothing dark bleeds in
    assert "out.tif: not kept: the georeference" in capsys.readouterr().err


def test_a_georeference_follows_a_picture_that_shrinks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _raster(tmp_path / "in.tif")
    assert _run(tmp_path / "in.tif", tmp_path / "out.tif", "--degrader", "bicubic", "--set", "scale=2") == 0
    with tifffile.TiffFile(tmp_path / "out.tif") as tiff:
        tags = tiff.pages.first.tags
        assert tiff.asarray().shape == (20, 30, 3)
        assert tags[33550].value == (4.0, 4.0, 0.0)
        assert tags[33922].value == (0.0, 0.0, 0.0, 500.0, 900.0, 0.0)
    assert capsys.readouterr().err == ""


def test_noise_far_beyond_white_is_kept_in_float_and_said_to_be_clipped_in_whole_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bright = np.full((40, 40, 1), 0.95, np.float32)
    write_picture(tmp_path / "float.tif", Picture(pixels=bright))
    write_picture(tmp_path / "whole.tif", Picture(pixels=(bright * 255).astype(np.uint8)))
    noise = ("--degrader", "gaussian-noise", "--set", "sigma=0.2", "--json")
    assert main([str(tmp_path / "float.tif"), str(tmp_path / "a.tif"), *noise]) == 0
    assert json.loads(capsys.readouterr().out)["pictures"][0]["notes"] == []
    assert read_picture(tmp_path / "a.tif").pixels.std() == pytest.approx(0.2, rel=0.05)
    assert main([str(tmp_path / "whole.tif"), str(tmp_path / "b.tif"), *noise]) == 0
    printed = capsys.readouterr()
    (note,) = json.loads(printed.out)["pictures"][0]["notes"]
    assert "of its samples are beyond black or white" in note and "clipped" in note
    assert f"{tmp_path / 'b.tif'}: {note}" in printed.err
