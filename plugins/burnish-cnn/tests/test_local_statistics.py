"""Window means against torch's average pooling and float64, and their independence of where a tile begins."""

from __future__ import annotations

import pytest
import torch
from burnish_cnn import local_statistics
from burnish_cnn.local_statistics import sliding_sums, spread, window_means
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

sides = st.integers(1, 40)


@given(height=sides, width=sides, side=st.integers(1, 50), channels=st.integers(1, 5), seed=st.integers(0, 9))
def test_means_are_those_of_average_pooling(height: int, width: int, side: int, channels: int, seed: int) -> None:
    x = torch.rand(2, channels, height, width, generator=torch.Generator().manual_seed(seed))
    window = (min(side, height), min(side, width))
    expected = functional.avg_pool2d(x.double(), window, stride=1)
    assert torch.allclose(window_means(x, side).double(), expected, rtol=0, atol=2e-7)


@given(length=st.integers(1, 70), extra=st.integers(0, 30))
def test_sliding_sums_of_whole_numbers_are_exact(length: int, extra: int) -> None:
    x = torch.arange(float(length + extra))
    assert torch.equal(sliding_sums(x, length), x.unfold(0, length, 1).sum(1))


@pytest.mark.parametrize("chunk", [1, 100, 2**17])
def test_the_size_of_the_chunks_changes_no_bit(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.rand(1, 5, 33, 47)
    expected = window_means(x, 11)
    monkeypatch.setattr(local_statistics, "CHUNK", chunk)
    assert torch.equal(window_means(x, 11), expected)


def test_a_window_has_the_same_mean_to_the_last_bit_in_every_tile() -> None:
    x = torch.rand(1, 4, 60, 70)
    assert torch.equal(window_means(x[..., 7:51, 13:], 20), window_means(x, 20)[..., 7:32, 13:])


def test_windows_are_centred_and_shifted_inside_at_the_border() -> None:
    x = torch.arange(10.0).reshape(1, 1, 1, 10)
    means = spread(window_means(x, 4), (1, 10), 4)
    starts = [min(max(i - 1, 0), 6) for i in range(10)]
    assert means.flatten().tolist() == [start + 1.5 for start in starts]


def test_half_precision_is_summed_in_float32() -> None:
    x = torch.rand(1, 2, 100, 100).bfloat16()
    assert window_means(x, 64).dtype == torch.float32
    assert torch.allclose(window_means(x, 64), functional.avg_pool2d(x.float(), 64, stride=1), rtol=0, atol=1e-6)
