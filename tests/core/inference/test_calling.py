"""Facts about one call: what is handed over, with how many channels, and what is accepted back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from burnish.errors import ConfigError, RestorationError
from burnish.inference import Restorer, restore
from burnish.inference.calling import out_of_memory

Wrap = Callable[..., Restorer]


def test_colour_goes_channel_by_channel_through_a_grey_restorer(wrap: Wrap) -> None:
    seen = []

    def grey(degraded: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(degraded.shape))
        return degraded * degraded.mean()

    degraded = torch.rand(2, 3, 9, 7)
    estimate = restore(wrap(grey, channels=(1,)), degraded)
    assert seen == [(2, 1, 9, 7)] * 3
    for channel in range(3):
        one = degraded[:, channel : channel + 1]
        torch.testing.assert_close(estimate[:, channel : channel + 1], one * one.mean())


def test_grey_is_repeated_for_a_colour_restorer_and_its_estimate_averaged(wrap: Wrap) -> None:
    def colour(degraded: torch.Tensor) -> torch.Tensor:
        assert degraded.shape[1] == 3
        return degraded * torch.tensor([1.0, 2.0, 6.0])[:, None, None]

    degraded = torch.rand(1, 1, 5, 5)
    torch.testing.assert_close(restore(wrap(colour, channels=(3,)), degraded), degraded * 3)


def test_the_configured_channels_win_over_the_declared_ones(wrap: Wrap) -> None:
    assert wrap(lambda degraded: degraded, {"channels": 1}, channels=(1, 3)).channels == (1,)
    assert wrap(lambda degraded: degraded, {"channels": [3]}, channels=(1, 3)).channels == (3,)
    assert wrap(lambda degraded: degraded, channels=(1, 3)).channels == (1, 3)


def test_a_number_of_channels_that_cannot_be_met_is_an_error(wrap: Wrap) -> None:
    with pytest.raises(RestorationError, match="takes pictures of 3 channels, but this picture has 4"):
        restore(wrap(lambda degraded: degraded, channels=(3,)), torch.rand(1, 4, 5, 5))


def test_the_scale_is_the_configured_one_else_the_declared_one(wrap: Wrap) -> None:
    assert wrap(lambda degraded: degraded, {"scale": 3}, scale=(2, 3)).scale == 3
    assert wrap(lambda degraded: degraded, scale=(2,)).scale == 2
    assert wrap(lambda degraded: degraded).scale == 1


@pytest.mark.parametrize(
    ("estimate", "fact"),
    [
        (torch.zeros(1, 1, 8, 8), r"\(1, 1, 8, 8\) instead of \(1, 1, 16, 16\)"),
        (torch.zeros(1, 3, 16, 16), "instead of"),
        (torch.zeros(1, 1, 16, 16, dtype=torch.int64), "int64"),
        (torch.full((1, 1, 16, 16), float("inf")), "NaN or infinity"),
        (None, "NoneType instead of a tensor"),
        ([1.0], "list instead of a tensor"),
    ],
)
def test_an_estimate_that_is_no_picture_of_the_right_size_is_an_error(wrap: Wrap, estimate: Any, fact: str) -> None:
    with pytest.raises(RestorationError, match=rf"test/tried \(burnish-test 1\.2\.3\) gave.*{fact}"):
        restore(wrap(lambda degraded: estimate, scale=(2,)), torch.rand(1, 1, 8, 8))


def test_an_estimate_in_double_comes_back_as_float32(wrap: Wrap) -> None:
    assert restore(wrap(lambda degraded: degraded.double()), torch.rand(1, 1, 8, 8)).dtype == torch.float32


def test_errors_that_burnish_raises_on_purpose_pass_unchanged(wrap: Wrap) -> None:
    def refusing(degraded: torch.Tensor) -> torch.Tensor:
        raise ConfigError("depth is off")

    with pytest.raises(ConfigError, match="depth is off"):
        restore(wrap(refusing), torch.rand(1, 1, 8, 8))


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_running_out_of_memory_is_told_from_other_errors(error: Exception, verdict: bool) -> None:
    assert out_of_memory(error) is verdict


def test_an_allocation_that_the_machine_cannot_make_counts_as_out_of_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**55, dtype=torch.float32)
    assert out_of_memory(caught.value)
