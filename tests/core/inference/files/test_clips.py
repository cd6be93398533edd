"""Clips and bursts from files to files: names, depth and size kept; videos; whole outputs; one line for each fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import DataError, PluginError, RestorationError, UsageError
from burnish.inference import Reading, Restorer, restore, restore_clip, restore_files
from burnish.io import Picture, read_picture, write_picture
from burnish.io.formats.video import read_video, write_video

Wrap = Callable[..., Restorer]


def write_frames(folder: Path, count: int, *, size: tuple[int, int] = (20, 24), dtype: Any = np.uint8) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(count)
    for index in range(count):
        pixels = rng.integers(0, np.iinfo(dtype).max, (*size, 3), dtype=dtype)
        write_picture(folder / f"f{index}.png", Picture(pixels=pixels))
    return folder


def neighbours(clip: torch.Tensor) -> torch.Tensor:
    """Each frame averaged with its successor: a restorer of clips that is easily checked."""
    following = torch.cat([clip[:, 1:], clip[:, -1:]], dim=1)
    return 0.5 * (clip + following)


@pytest.fixture
def video(wrap: Wrap) -> Restorer:
    return wrap(neighbours, temporal="video", window=4, window_overlap=2)


@pytest.fixture
def burst(wrap: Wrap) -> Restorer:
    return wrap(lambda frames: frames.mean(dim=1), temporal="burst", tiling="whole")


def test_a_clip_longer_than_the_window_is_restored_as_if_whole(video: Restorer, wrap: Wrap) -> None:
    clip = torch.rand(2, 11, 3, 12, 16)
    whole = wrap(neighbours, temporal="video")
    assert torch.equal(restore(video, clip), restore(whole, clip))
    frames = [clip[:1, index] for index in range(11)]
    assert torch.equal(torch.stack(list(restore_clip(video, frames)), dim=1), restore(whole, clip[:1]))


def test_a_folder_of_frames_becomes_a_folder_of_frames(video: Restorer, tmp_path: Path) -> None:
    source = write_frames(tmp_path / "in", 12, dtype=np.uint16)
    (done,) = restore_files(video, source, tmp_path / "out", quiet=True)
    assert sorted(path.name for path in done.target.iterdir()) == sorted(path.name for path in source.iterdir())
    assert done.megapixels == pytest.approx(12 * 20 * 24 / 1e6)
    first, second, found = (
        read_picture(path) for path in (source / "f9.png", source / "f10.png", done.target / "f9.png")
    )
    assert found.pixels.dtype == np.uint16
    wanted = (first.pixels.astype(float) + second.pixels) / 2
    assert np.abs(found.pixels - wanted).max() <= 1


def test_folders_of_frames_keep_their_structure_and_a_faulty_one_stops_nobody(video: Restorer, tmp_path: Path) -> None:
    write_frames(tmp_path / "in" / "a", 2)
    write_frames(tmp_path / "in" / "deep" / "b", 3)
    write_picture(tmp_path / "in" / "a" / "f9.png", Picture(pixels=np.zeros((8, 8, 3), np.uint8)))
    bad, good = restore_files(video, tmp_path / "in", tmp_path / "out", quiet=True)
    assert "differs in size" in bad.error
    assert not (tmp_path / "out" / "a").exists()
    assert (good.error, good.target) == ("", tmp_path / "out" / "deep" / "b")
    assert len(list(good.target.iterdir())) == 3


def test_a_burst_becomes_the_picture_that_is_asked_for(burst: Restorer, tmp_path: Path) -> None:
    source = write_frames(tmp_path / "in", 3)
    restore_files(burst, source, tmp_path / "out.png", quiet=True)
    mean = np.mean([read_picture(path).pixels for path in source.iterdir()], axis=0)
    assert np.abs(read_picture(tmp_path / "out.png").pixels - mean).max() <= 0.5 + 1e-3
    (done,) = restore_files(burst, source, tmp_path / "folder", quiet=True)
    assert done.target == tmp_path / "folder" / "in.png"


def test_a_single_picture_is_the_only_frame(burst: Restorer, video: Restorer, tmp_path: Path) -> None:
    source = write_frames(tmp_path / "in", 1) / "f0.png"
    for loaded in (burst, video):
        restore_files(loaded, source, tmp_path / "out.png", quiet=True)
        assert np.array_equal(read_picture(tmp_path / "out.png").pixels, read_picture(source).pixels)


def test_any_restorer_of_clips_or_pictures_takes_a_video(video: Restorer, wrap: Wrap, tmp_path: Path) -> None:
    frames = [torch.randint(0, 256, (1, 3, 32, 48)) / 255 for _ in range(6)]
    write_video(tmp_path / "in.mkv", frames, rate=24.0)
    single = wrap(lambda picture: 1 - picture)
    (done,) = restore_files(single, tmp_path / "in.mkv", tmp_path / "out.mkv", quiet=True)
    assert all(
        torch.allclose(found, 1 - frame, atol=1e-6)
        for found, frame in zip(read_video(done.target), frames, strict=True)
    )
    (done,) = restore_files(video, tmp_path / "in.mkv", tmp_path / "frames", quiet=True)
    assert sorted(path.name for path in done.target.iterdir()) == [f"{index:06d}.png" for index in range(6)]


def test_a_failure_amid_a_clip_leaves_nothing_behind(wrap: Wrap, tmp_path: Path) -> None:
    calls = []

    def fails_later(clip: torch.Tensor) -> torch.Tensor:
        calls.append(clip)
        if len(calls) > 1:
            raise ValueError("no more")
        return clip

    source = write_frames(tmp_path / "in", 9)
    loaded = wrap(fails_later, temporal="video", window=3, tiling="whole")
    for target in ("out", "out.mkv"):
        calls.clear()
        with pytest.raises(PluginError, match="no more"):
            restore_files(loaded, source, tmp_path / target, quiet=True)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_what_does_not_fit_is_said_in_one_line(burst: Restorer, video: Restorer, tmp_path: Path) -> None:
    source = write_frames(tmp_path / "in", 2)
    write_video(tmp_path / "in.mkv", [torch.zeros(1, 3, 16, 16)], rate=25.0)
    with pytest.raises(UsageError, match="makes one picture from several frames"):
        restore_files(burst, tmp_path / "in.mkv", tmp_path / "out.mkv", quiet=True)
    with pytest.raises(RestorationError, match="makes one picture from several frames"):
        list(restore_clip(burst, [torch.zeros(1, 3, 8, 8)]))
    with pytest.raises(UsageError, match="is the input itself"):
        restore_files(video, source, source, quiet=True)
    with pytest.raises(UsageError, match=r"out\.png: is neither a folder"):
        restore_files(video, source, tmp_path / "out.png", quiet=True)
    with pytest.raises(DataError, match="is missing"):
        restore_files(video, tmp_path / "absent.mkv" / "x", tmp_path / "out", quiet=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").touch()
    with pytest.raises(UsageError, match="exists already"):
        restore_files(video, source, tmp_path / "full", quiet=True)


def test_what_a_video_loses_is_said_before_the_work_starts_and_in_the_notes(
    wrap: Wrap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []

    def restorer(degraded: torch.Tensor) -> torch.Tensor:
        said.extend(caplog.messages[len(said) :])
        return degraded

    source = Path(__file__).parents[2] / "io" / "formats" / "samples" / "sound.mkv"
    (done,) = restore_files(wrap(restorer), source, tmp_path / "out.mkv", quiet=True)
    assert done.notes == ("not kept: sound",)
    assert said == [f"{source}: not kept: sound"]


def test_frames_of_a_16_bit_clip_share_one_scale_and_a_video_of_them_says_what_it_loses(
    wrap: Wrap, tmp_path: Path
) -> None:
    (tmp_path / "clip").mkdir()
    for index, top in enumerate((10, 4095, 300)):
        pixels = np.linspace(0, top, 64 * 64).reshape(64, 64, 1).astype(np.uint16)
        write_picture(tmp_path / "clip" / f"{index}.png", Picture(pixels=pixels))
    tops = []

    def network(degraded: torch.Tensor) -> torch.Tensor:
        tops.extend(degraded.amax(dim=(-1, -2)).flatten().tolist())
        return degraded

    loaded = wrap(network, learned=True, temporal="video", window=3, window_overlap=0)
    restore_files(loaded, tmp_path / "clip", tmp_path / "out", quiet=True)
    assert [round(top * 65535 / 16) for top in tops[:3]] == [10, 4095, 300]
    for name in ("0.png", "1.png", "2.png"):
        same = read_picture(tmp_path / "out" / name).pixels == read_picture(tmp_path / "clip" / name).pixels
        assert same.all()
    (done,) = restore_files(loaded, tmp_path / "clip", tmp_path / "out.mkv", quiet=True)
    assert done.notes[0] == "not kept in a video: more than 8 bits (uint16); give a folder to keep it"


def test_a_video_is_never_written_onto_itself_nor_into_a_pipe(wrap: Wrap, tmp_path: Path) -> None:
    write_video(tmp_path / "a.mkv", [torch.zeros(1, 3, 16, 16)] * 2, rate=10)
    before = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "link.mkv").symlink_to("a.mkv")
    same = wrap(lambda degraded: degraded)
    for target in (tmp_path, tmp_path / "link.mkv"):
        with pytest.raises(UsageError, match="never overwritten"):
            restore_files(same, tmp_path / "a.mkv", target, quiet=True)
    os.mkfifo(tmp_path / "pipe.mkv")
    with pytest.raises(UsageError, match="is a pipe, device or socket"):
        restore_files(same, tmp_path / "a.mkv", tmp_path / "pipe.mkv", quiet=True)
    assert (tmp_path / "a.mkv").read_bytes() == before
    assert (tmp_path / "pipe.mkv").is_fifo()


def test_clips_of_an_earlier_run_within_the_folder_are_left_alone(video: Restorer, tmp_path: Path) -> None:
    write_frames(tmp_path / "clips" / "a", 3)
    write_frames(tmp_path / "clips" / "out" / "old", 3)
    done = restore_files(video, tmp_path / "clips", tmp_path / "clips" / "out", quiet=True)
    assert [(one.source.name, one.target.name) for one in done] == [("a", "a")]


def test_a_burst_is_not_written_onto_one_of_its_frames(burst: Restorer, tmp_path: Path) -> None:
    write_frames(tmp_path / "clip", 3)
    (tmp_path / "out.png").symlink_to(tmp_path / "clip" / "f1.png")
    with pytest.raises(UsageError, match=r"is the input .*f1\.png, which is never overwritten"):
        restore_files(burst, tmp_path / "clip", tmp_path / "out.png", quiet=True)


def test_damage_of_frames_and_videos_is_in_what_is_told(burst: Restorer, video: Restorer, tmp_path: Path) -> None:
    (tmp_path / "clip").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for name in ("f0.jpg", "f1.jpg", "f2.jpg"):
        write_picture(tmp_path / "clip" / name, Picture(pixels=pixels))
    whole = (tmp_path / "clip" / "f0.jpg").read_bytes()
    for name in ("f1.jpg", "f2.jpg"):
        (tmp_path / "clip" / name).write_bytes(whole[:-300])
    fault = read_picture(tmp_path / "clip" / "f1.jpg", allow_damaged=True).damage
    damaged = Reading(allow_damaged=True)
    for loaded, target in ((burst, "burst.png"), (video, "frames")):
        (done,) = restore_files(loaded, tmp_path / "clip", tmp_path / target, reading=damaged, quiet=True)
        assert done.damage == f"f1.jpg: {fault} (and 1 more)"
    write_video(tmp_path / "a.mkv", [torch.rand(1, 3, 32, 48) for _ in range(30)], rate=25.0)
    data = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(data[: len(data) * 6 // 10])
    (done,) = restore_files(video, tmp_path / "a.mkv", tmp_path / "out.mkv", reading=damaged, quiet=True)
    assert done.damage.endswith("of 30 frames can be decoded")
