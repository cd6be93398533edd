"""Windows over time: every frame once and in order, with the promised neighbours, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from burnish.inference.tiling.windows import slide
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor


def numbered(length: int) -> list[Tensor]:
    return [torch.full((1, 1, 1, 1), float(index)) for index in range(length)]


@given(length=st.integers(1, 60), window=st.integers(0, 12), share=st.floats(0, 0.99))
def test_every_frame_comes_out_once_and_has_its_neighbours(length: int, window: int, share: float) -> None:
    overlap = int(share * window)
    seen: dict[int, set[int]] = {}

    def restore(frames: Tensor) -> Tensor:
        numbers = [int(value) for value in frames.flatten()]
        assert window == 0 or len(numbers) <= window
        for number in numbers:  # the estimates that count are overwritten by those of later windows at most
            seen.setdefault(number, set())
        latest.append(numbers)
        return frames

    latest: list[list[int]] = []
    out = []
    for frame in slide(numbered(length), restore, window=window, overlap=overlap):
        number = int(frame.item())
        around = range(max(0, number - overlap // 2), min(length, number + overlap // 2 + 1))
        assert set(around) <= set(latest[-1])
        out.append(number)
    assert out == list(range(length))


def test_a_window_is_read_only_when_its_frames_are_asked_for() -> None:
    read = []

    def source() -> Iterator[Tensor]:
        for index, frame in enumerate(numbered(100)):
            read.append(index)
            yield frame

    estimates = slide(source(), lambda frames: frames, window=5, overlap=2)
    next(estimates)
    assert len(read) <= 8


def test_a_window_of_nothing_is_the_whole_clip() -> None:
    lengths = []

    def restore(frames: Tensor) -> Tensor:
        lengths.append(frames.shape[1])
        return frames

    assert len(list(slide(numbered(17), restore, window=0, overlap=0))) == 17
    assert lengths == [17]
    assert list(slide([], restore, window=4, overlap=0)) == []
