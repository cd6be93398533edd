"""What a video holds besides 8-bit pictures is known before any work, in every container that is read."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.io.formats import video
from burnish.io.formats.video import video_facts, video_losses, write_video
from burnish.io.formats.video_tracks import other_tracks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SAMPLES = Path(__file__).parent / "samples"
"""Two frames of 32×32 each, written with PyAV: FFV1 of 10 bits, FFV1 with PCM, MPEG-4 with AAC."""


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("deep.mkv", "not kept: 10 bits a sample (8 are)"),
        ("sound.mkv", "not kept: sound"),
        ("sound.mp4", "not kept: sound"),
    ],
)
def test_sound_and_more_than_8_bits_are_said(name: str, note: str) -> None:
    assert video_losses(SAMPLES / name) == (note,)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".avi"])
def test_nothing_is_said_of_what_burnish_writes_itself(tmp_path: Path, suffix: str) -> None:
    write_video(tmp_path / f"a{suffix}", [torch.full((1, 3, 32, 32), 0.5)] * 3, rate=10)
    assert video_losses(tmp_path / f"a{suffix}") == ()
    assert video_facts(tmp_path / f"a{suffix}").bits == 8


def test_alpha_of_ffv1_is_said_where_a_pixel_is_not_opaque(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "a.mkv", [torch.full((1, 3, 32, 32), 0.5)] * 3, rate=10)
    assert not video_facts(tmp_path / "a.mkv").alpha
    opened = video._opened(tmp_path / "a.mkv")
    frame = np.full((32, 32, 4), 255, np.uint8)
    frame[5, 6, 3] = 254

    class Transparent:
        get, set, release = opened.get, opened.set, opened.release

        def read(self) -> tuple[bool, np.ndarray]:
            return True, frame

    monkeypatch.setattr(video, "_opened", lambda path: Transparent())
    assert video_losses(tmp_path / "a.mkv") == ("not kept: alpha",)


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def test_subtitles_of_mp4_and_sound_of_avi_are_tracks_too(tmp_path: Path) -> None:
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"sbtl" + bytes(12))))
    (tmp_path / "a.mp4").write_bytes(box(b"ftyp", b"isom") + box(b"mdat", bytes(99)) + box(b"moov", track))
    assert other_tracks(tmp_path / "a.mp4") == ("subtitles",)
    stream = b"LIST" + struct.pack("<I", 24) + b"strl" + b"strh" + struct.pack("<I4s", 12, b"auds") + bytes(8)
    header = b"LIST" + struct.pack("<I", 4 + len(stream)) + b"hdrl" + stream
    (tmp_path / "a.avi").write_bytes(b"RIFF" + struct.pack("<I", 4 + len(header)) + b"AVI " + header)
    assert other_tracks(tmp_path / "a.avi") == ("sound",)


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi"])
def test_boxes_within_boxes_without_end_are_left_alone(tmp_path: Path, kind: str) -> None:
    nested = b""
    for _ in range(3000):
        if kind == "mp4":
            nested = box(b"moov", nested)
        elif kind == "mkv":
            nested = b"\x18\x53\x80\x67" + (1 << 56 | len(nested)).to_bytes(8, "big") + nested
        else:
            nested = b"LIST" + struct.pack("<I", 4 + len(nested)) + b"hdrl" + nested
    heads = {
        "mp4": box(b"ftyp", b"isom"),
        "mkv": b"\x1a\x45\xdf\xa3\x80",
        "avi": b"RIFF" + struct.pack("<I", 4 + len(nested)) + b"AVI ",
    }
    (tmp_path / "a").write_bytes(heads[kind] + nested)
    assert other_tracks(tmp_path / "a") == ()


@given(name=st.sampled_from(["sound.mkv", "sound.mp4"]), place=st.integers(0, 1500), junk=st.binary(max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_containers_end_the_walk_and_nothing_else(tmp_path: Path, name: str, place: int, junk: bytes) -> None:
    whole = (SAMPLES / name).read_bytes()
    (tmp_path / "a").write_bytes(whole[:place] + junk + whole[place + len(junk) :])
    assert set(other_tracks(tmp_path / "a")) <= {"sound", "subtitles"}
