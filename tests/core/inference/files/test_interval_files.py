"""Where intervals are written, and how many frames of a clip are held for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from burnish.errors import UsageError
from burnish.inference import Reading, Restorer, restore_clip
from burnish.inference.files.interval_files import (
    FramesBeside,
    frames_beside,
    interval_places,
    lossless,
    refuse_beside,
)
from burnish.inference.files.made import FileJob
from burnish.restorer.options import RestoreOptions

Wrap = Callable[..., Restorer]


def _job(loaded: Restorer, target: Path, coverage: float = 0.9) -> FileJob:
    return FileJob(
        loaded=loaded, source=Path("in"), target=target, conditions={}, options=RestoreOptions(),
        read=Reading().reader(Path("in")), allow_damaged=None, quiet=True, coverage=coverage,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("target", "clip", "low"),
    [
        ("a/x.png", False, "a/x-low.png"),
        ("a/x.tif", False, "a/x-low.tif"),
        ("a/x.jpg", False, "a/x-low.png"),
        ("a/clip", True, "a/clip-low"),
        ("a/clip.v2", True, "a/clip.v2-low"),
        ("a/clip.mkv", True, "a/clip-low"),
    ],
)
def test_an_interval_is_beside_its_picture_or_clip_where_no_codec_changes_it(target: str, clip: bool, low: str) -> None:
    assert interval_places(Path(target), clip=clip, unsure=False)["low"] == Path(low)
    assert set(interval_places(Path(target), clip=clip, unsure=True)) == {"low", "high", "width", "unsure"}


def test_only_formats_that_change_values_are_replaced() -> None:
    assert [lossless(Path(f"x{end}")).suffix for end in (".JPEG", ".webp", ".tiff")] == [".png", ".webp", ".tiff"]


def test_an_interval_in_the_place_of_another_output_or_of_an_input_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "x.png", tmp_path / "x-low.png"
    for path in (one, other):
        path.write_bytes(b"")
    with pytest.raises(UsageError, match=r"would both become x-low\.png"):
        refuse_beside([(one, tmp_path / "out/x.png"), (other, tmp_path / "out/x-low.png")], clips=False, unsure=False)
    with pytest.raises(UsageError, match="which is never overwritten"):
        refuse_beside([(other, tmp_path / "x.png")], clips=False, unsure=False)


def test_no_more_degraded_frames_are_held_than_the_restorer_holds(wrap: Wrap, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = wrap(lambda clip: clip, temporal="video", window=6, window_overlap=2)
    beside = FramesBeside(_job(loaded, Path("out")), {"low": Path("out-low")})
    held = deque[torch.Tensor]()
    monkeypatch.setattr(beside, "_degraded", held)
    most = 0
    frames = (torch.full((1, 1, 16, 16), index / 100) for index in range(60))
    for index, estimate in enumerate(restore_clip(loaded, beside.remembered(frames))):
        most = max(most, len(held))
        assert torch.equal(held.popleft(), estimate), f"frame {index} is beside its own"
    assert most <= 6 + 4, "a window, and the frames that the next one begins with"


def test_without_a_coverage_nothing_is_held_or_written(wrap: Wrap, tmp_path: Path) -> None:
    with frames_beside(_job(wrap(lambda picture: picture), tmp_path / "out", coverage=0.0)) as beside:
        assert len(list(beside.remembered(torch.zeros(3, 1, 1, 8, 8)))) == 3
    assert not list(tmp_path.iterdir())
