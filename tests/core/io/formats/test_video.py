"""Video files: lossless there and back in .mkv, whole or not at all, and one line for what is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from burnish.errors import ImagingError
from burnish.io.formats.video import _depth, is_video, read_video, video_facts, write_video
from torch import Tensor


def clip(frames: int = 4, height: int = 32, width: int = 48) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(0, 256, (1, 3, height, width), generator=generator) / 255 for _ in range(frames)]


def test_mkv_gives_back_the_very_frames(tmp_path: Path) -> None:
    frames = clip()
    assert write_video(tmp_path / "a.mkv", iter(frames), rate=30.0) == 4
    assert all(torch.equal(a, b) for a, b in zip(read_video(tmp_path / "a.mkv"), frames, strict=True))
    facts = video_facts(tmp_path / "a.mkv")
    assert facts.rate == pytest.approx(30.0)


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_the_lossy_formats_keep_number_and_size_and_about_the_picture(tmp_path: Path, suffix: str) -> None:
    smooth = [torch.linspace(0.2, 0.8, 64).expand(1, 3, 48, 64).contiguous() + 0.02 * t for t in range(3)]
    write_video(tmp_path / f"a{suffix}", smooth, rate=25.0)
    back = list(read_video(tmp_path / f"a{suffix}"))
    assert [tuple(frame.shape) for frame in back] == [(1, 3, 48, 64)] * 3
    assert max(float((a - b).abs().mean()) for a, b in zip(back, smooth, strict=True)) < 0.02


@pytest.mark.parametrize(
    ("layout", "bits", "alpha"),
    [
        *((layout, 16, False) for layout in (b"RGB0", b"0RGB", b"BGR0", b"0BGR", b"P016", b"Y1\0\x10", b"\x10\x001Y")),
        *((layout, 16, True) for layout in (b"RBA@", b"@RBA", b"BRA@", b"@BRA", b"Y4\x0b\x10")),
        *((layout, 8, True) for layout in (b"RGBA", b"ARGB", b"BGRA", b"ABGR", b"Y4\x0b\x08")),
        *((layout, 8, False) for layout in (b"RGB\x18", b"\x10BGR", b"RGB\0", b"\0BGR", b"I420", b"NV12", bytes(4))),
        (b"P010", 10, False),
        (b"XYZ$", 12, False),
        (b"\x0a\x0b3Y", 10, False),
    ],
)
def test_bits_and_alpha_are_those_of_ffmpegs_pixel_format(layout: bytes, bits: int, alpha: bool) -> None:
    assert _depth(layout) == (bits, alpha)


def test_grey_frames_are_written_as_grey_colours(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mkv", [torch.full((1, 1, 16, 16), 0.4)], rate=25.0)
    (frame,) = read_video(tmp_path / "a.mkv")
    assert torch.equal(frame, torch.full((1, 3, 16, 16), 102 / 255))


def test_a_writing_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[Tensor]:
        yield from clip(2)
        raise RuntimeError("the restorer fell over")

    with pytest.raises(RuntimeError, match="fell over"):
        write_video(tmp_path / "a.mkv", broken(), rate=25.0)
    with pytest.raises(ImagingError, match="frame 1 is 16×16"):
        write_video(tmp_path / "a.mkv", [*clip(1), torch.zeros(1, 3, 16, 16)], rate=25.0)
    with pytest.raises(ImagingError, match="no frames"):
        write_video(tmp_path / "a.mkv", [], rate=25.0)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    assert is_video(Path("A.MP4"))
    assert not is_video(Path("a.png"))
    (tmp_path / "a.mp4").write_bytes(b"no video at all")
    with pytest.raises(ImagingError, match=r"a\.mp4: is not a video"):
        list(read_video(tmp_path / "a.mp4"))
    with pytest.raises(ImagingError, match=r"b\.mp4: is missing"):
        list(read_video(tmp_path / "b.mp4"))
    with pytest.raises(ImagingError, match=r"a\.webm: this format cannot be written; use \.mkv"):
        write_video(tmp_path / "a.webm", clip(1), rate=25.0)


@pytest.mark.parametrize("suffix", [".mkv", ".avi"])
def test_a_video_cut_short_is_told_when_its_frames_end(
    tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / f"a{suffix}"
    write_video(path, clip(30), rate=25.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(ImagingError, match=r"is a damaged video: \d+ of 30 frames can be decoded"):
        list(read_video(path))
    assert 10 < len(list(read_video(path, allow_damaged=True))) < 20
    assert "the readable part is used" in caplog.text
