"""Facts about restoring: cut equals uncut, size and channels are met, and nothing that is no picture comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from burnish.builtin.identity import Identity
from burnish.errors import PluginError, RestorationError, UsageError
from burnish.inference import Restorer, restore, restore_detailed
from burnish.ops.padding import pad_to_fit
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

Wrap = Callable[..., Restorer]
Make = Callable[..., nn.Module]
Picture = Callable[..., torch.Tensor]


@st.composite
def _cuts(draw: st.DrawFn) -> tuple[int, int, int]:
    """Height, width and tile: up to four pieces a side, the last one of any size."""
    tile = draw(st.integers(1, 24))
    sides = [draw(st.integers(0, 3)) * tile + draw(st.integers(1, tile)) for _ in range(2)]
    return sides[0], sides[1], tile


@settings(max_examples=60)
@given(
    cuts=_cuts(),
    scale=st.sampled_from([1, 2]),
    levels=st.integers(0, 3),
    depth=st.integers(0, 2),
    channels=st.sampled_from([1, 3]),
)
def test_tiled_equals_untiled_at_any_size(
    wrap: Wrap, make_net: Make, cuts: tuple[int, int, int], scale: int, levels: int, depth: int, channels: int
) -> None:
    height, width, tile = cuts
    net = make_net(channels=channels, depth=depth, levels=levels, scale=scale)
    loaded = wrap(net, scale=(scale,), channels=(channels,), size_multiple=2**levels)
    degraded = torch.rand(1, channels, height, width)
    whole = restore(loaded, degraded, tile=0)
    assert whole.shape == (1, channels, scale * height, scale * width)
    torch.testing.assert_close(restore(loaded, degraded, tile=tile), whole, rtol=0, atol=1e-5)


@pytest.mark.parametrize("levels", [0, 2])
def test_untiled_equals_the_network_itself(wrap: Wrap, make_net: Make, picture: Picture, levels: int) -> None:
    net = make_net(channels=1, levels=levels).eval()
    degraded = picture(2, 1, 37, 50)
    with torch.no_grad():
        oracle = net(pad_to_fit(degraded, multiple=4, smallest=1))[..., :37, :50] if levels else net(degraded)
    loaded = wrap(net, channels=(1,), size_multiple=2**levels)
    torch.testing.assert_close(restore(loaded, degraded), oracle, rtol=0, atol=1e-6)


@pytest.mark.parametrize("levels", [0, 1])
def test_a_declared_receptive_field_that_is_too_small_shows_seams(
    wrap: Wrap, make_net: Make, picture: Picture, levels: int
) -> None:
    net = make_net(channels=1, depth=2, levels=levels)
    net.receptive_field = 3
    loaded = wrap(net, channels=(1,), size_multiple=2**levels)
    degraded = picture(1, 1, 64, 64)
    assert (restore(loaded, degraded, tile=16) - restore(loaded, degraded, tile=0)).abs().max() > 1e-3


def test_the_receptive_field_of_the_instance_wins_over_the_declared_one(wrap: Wrap, make_net: Make) -> None:
    net = make_net(channels=1)
    assert wrap(net, receptive_field=3).receptive_field == net.receptive_field
    net.receptive_field = None
    assert wrap(net, receptive_field=3).receptive_field is None
    assert wrap(lambda degraded: degraded, receptive_field=3).receptive_field == 3


def test_a_picture_smaller_than_the_least_size_is_padded_and_cropped(wrap: Wrap, picture: Picture) -> None:
    seen = []

    def watch(degraded: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(degraded.shape))
        return degraded

    degraded = picture(1, 1, 3, 21)
    estimate = restore(wrap(watch, min_size=10, size_multiple=8), degraded)
    assert seen == [(1, 1, 16, 24)]
    assert torch.equal(estimate, degraded)


def test_pieces_are_never_smaller_than_the_least_size(wrap: Wrap, picture: Picture) -> None:
    seen = []

    def watch(degraded: torch.Tensor) -> torch.Tensor:
        seen.append(degraded.shape[-2:])
        return degraded

    degraded = picture(1, 1, 70, 41)
    loaded = wrap(watch, min_size=24, size_multiple=4, receptive_field=3)
    assert torch.equal(restore(loaded, degraded, tile=8), degraded)
    assert len(seen) > 4 and all(h >= 24 and w >= 24 and h % 4 == 0 and w % 4 == 0 for h, w in seen)


def test_identity_is_exact_for_every_value_and_tile(wrap: Wrap) -> None:
    degraded = torch.randn(2, 3, 45, 33)
    for tile in (0, 1, 7, 16, 100):
        assert torch.equal(restore(wrap(Identity()), degraded, tile=tile), degraded)


def test_a_border_that_is_no_border_of_the_picture_is_never_seen(wrap: Wrap) -> None:
    def shifted_by_mirroring(degraded: torch.Tensor) -> torch.Tensor:
        return nn.functional.pad(degraded, (3, 0, 3, 0), mode="reflect")[..., :-3, :-3]

    degraded = torch.rand(1, 1, 50, 47)
    loaded = wrap(shifted_by_mirroring, receptive_field=7)
    assert torch.equal(restore(loaded, degraded, tile=9), shifted_by_mirroring(degraded))


def test_blended_pieces_of_a_pointwise_restorer_equal_the_whole(wrap: Wrap) -> None:
    degraded = torch.rand(1, 3, 61, 83)
    loaded = wrap(lambda degraded: degraded**2, tiling="blend", size_multiple=2)
    torch.testing.assert_close(restore(loaded, degraded, tile=16), degraded**2)


def test_blending_leaves_no_step_between_pieces_that_disagree(wrap: Wrap) -> None:
    calls = iter(range(100))

    def disagreeing(degraded: torch.Tensor) -> torch.Tensor:
        return torch.full_like(degraded, float(next(calls) % 2))

    estimate = restore(wrap(disagreeing, tiling="blend"), torch.rand(1, 1, 32, 128), tile=64)
    steps = estimate[..., 1:] - estimate[..., :-1]
    assert estimate[..., 0].max() == 0 and estimate[..., -1].min() == 1
    assert steps.abs().max() < 0.07  # a ramp over 16 pixels


def test_a_restorer_of_the_whole_picture_is_never_given_a_piece(wrap: Wrap) -> None:
    seen = []

    def global_mean(degraded: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(degraded.shape))
        return degraded - degraded.mean()

    for declared in ({"tiling": "whole", "receptive_field": 3}, {"tiling": "overlap", "receptive_field": None}):
        loaded = wrap(global_mean, **declared)
        seen.clear()
        restore(loaded, torch.rand(1, 1, 200, 200), memory_mb=1)
        assert seen == [(1, 1, 200, 200)]
        with pytest.raises(RestorationError, match=r"test/tried \(burnish-test 1\.2\.3\).*whole.*remove --tile"):
            restore(loaded, torch.rand(1, 1, 200, 200), tile=64)


def test_little_memory_cuts_the_picture_and_changes_nothing(wrap: Wrap, make_net: Make, picture: Picture) -> None:
    loaded = wrap(make_net(channels=1), channels=(1,))
    degraded = picture(1, 1, 301, 257)
    tight, ample = (restore_detailed(loaded, degraded, memory_mb=memory) for memory in (1, 2048))
    assert 0 < tight.tile < 257 and ample.tile == 0
    torch.testing.assert_close(tight.estimate, ample.estimate, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory: 1 TB")]
)
def test_running_out_of_memory_halves_the_pieces_and_gives_the_same_picture(wrap: Wrap, error: Exception) -> None:
    def narrow(degraded: torch.Tensor) -> torch.Tensor:
        if degraded[0, 0].numel() > 40 * 40:
            raise error
        return nn.functional.avg_pool2d(degraded, 3, stride=1, padding=1)

    degraded = torch.rand(1, 1, 150, 150)
    found = restore_detailed(wrap(narrow, receptive_field=3), degraded)
    assert found.tile == 38
    oracle = nn.functional.avg_pool2d(degraded, 3, stride=1, padding=1)
    torch.testing.assert_close(found.estimate, oracle, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("tiling", "fact"), [("overlap", "tiles of 3×3 pixels"), ("whole", "needs as a whole")])
def test_memory_that_never_suffices_is_an_error_and_no_picture(wrap: Wrap, tiling: str, fact: str) -> None:
    def hungry(degraded: torch.Tensor) -> torch.Tensor:
        raise MemoryError

    with pytest.raises(RestorationError, match=f"not enough memory.*{fact}"):
        restore(wrap(hungry, tiling=tiling, receptive_field=3), torch.rand(1, 1, 20, 20))


def test_the_network_is_left_as_it_was_and_the_picture_too(wrap: Wrap, make_net: Make, picture: Picture) -> None:
    degraded = picture(1, 1, 40, 40)
    before = degraded.clone()

    def in_place(degraded: torch.Tensor) -> torch.Tensor:
        return degraded.mul_(0.5)

    restore(wrap(make_net(channels=1), channels=(1,)), degraded, tile=16)
    assert torch.equal(degraded, before)
    assert torch.equal(restore(wrap(in_place), degraded), before * 0.5)
    assert torch.equal(degraded, before)


def test_a_solver_that_is_no_module_may_use_gradients(wrap: Wrap) -> None:
    def descent(degraded: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            x = degraded.clone().requires_grad_(True)
            ((x - 0.5) ** 2).sum().backward()
        return (x - 0.5 * x.grad).detach()

    torch.testing.assert_close(restore(wrap(descent), torch.rand(1, 1, 8, 8)), torch.full((1, 1, 8, 8), 0.5))


def test_bursts_give_one_picture_and_clips_give_clips(wrap: Wrap) -> None:
    frames = torch.rand(2, 5, 3, 40, 30)

    def mean(degraded: torch.Tensor) -> torch.Tensor:
        return degraded.mean(dim=1)

    torch.testing.assert_close(
        restore(wrap(mean, temporal="burst", receptive_field=1), frames, tile=16), frames.mean(dim=1)
    )
    assert torch.equal(restore(wrap(Identity(), temporal="video"), frames, tile=16), frames)


@pytest.mark.parametrize(
    ("temporal", "given", "fact"),
    [
        ("single", torch.zeros(1, 2, 1, 4, 4), "takes N,C,H,W"),
        ("burst", torch.zeros(1, 1, 4, 4), "takes N,T,C,H,W"),
        ("single", torch.zeros(1, 1, 0, 4), "but received"),
        ("single", torch.zeros(1, 1, 4, 4, dtype=torch.uint8), "uint8"),
        ("single", torch.full((1, 1, 4, 4), float("nan")), "contains NaN"),
        ("single", [[1.0]], "list"),
    ],
)
def test_what_is_no_picture_is_refused(wrap: Wrap, temporal: str, given: Any, fact: str) -> None:
    with pytest.raises(RestorationError, match=fact):
        restore(wrap(Identity(), temporal=temporal), given)


@pytest.mark.parametrize("tile", [-1, True, 1.5, "large"])
def test_a_tile_out_of_range_is_refused(wrap: Wrap, tile: Any) -> None:
    with pytest.raises(UsageError, match="tile"):
        restore(wrap(Identity()), torch.zeros(1, 1, 4, 4), tile=tile)


def test_a_nan_in_a_single_piece_is_found(wrap: Wrap) -> None:
    def one_bad_value(degraded: torch.Tensor) -> torch.Tensor:
        return torch.where(degraded == degraded.max(), float("nan"), degraded)

    with pytest.raises(RestorationError, match=r"test/tried \(burnish-test 1\.2\.3\) gave an estimate with NaN"):
        restore(wrap(one_bad_value, receptive_field=1), torch.rand(1, 1, 64, 64), tile=16)


def test_an_error_inside_the_restorer_names_the_plugin_and_is_chained(wrap: Wrap) -> None:
    def broken(degraded: torch.Tensor) -> torch.Tensor:
        raise IndexError("list index out of range")

    with pytest.raises(PluginError, match=r"test/tried \(burnish-test 1\.2\.3\) failed.*IndexError: list") as caught:
        restore(wrap(broken), torch.rand(1, 1, 8, 8))
    assert isinstance(caught.value.__cause__, IndexError)


def test_a_picture_that_is_smaller_than_the_overlap_is_not_cut_for_nothing(wrap: Wrap) -> None:
    calls = []

    def wide(degraded: torch.Tensor) -> torch.Tensor:
        calls.append(tuple(degraded.shape[-2:]))
        if degraded[0, 0].numel() > 100:
            raise MemoryError
        return degraded

    with pytest.raises(RestorationError, match="not enough memory"):
        restore(wrap(wide, receptive_field=1001), torch.rand(1, 1, 300, 300))
    assert calls == [(300, 300)]


def test_an_overlap_that_memory_cannot_hold_gives_feathered_pieces_and_says_so(
    wrap: Wrap, caplog: pytest.LogCaptureFixture
) -> None:
    shapes = []

    def declared_far_wider_than_it_is(degraded: torch.Tensor) -> torch.Tensor:
        shapes.append(degraded[0, 0].numel())
        return nn.functional.avg_pool2d(degraded.repeat(1, 60, 1, 1), 3, stride=1, padding=1)[:, :1]

    degraded = torch.rand(1, 1, 500, 480)
    loaded = wrap(declared_far_wider_than_it_is, receptive_field=999)
    found = restore_detailed(loaded, degraded, memory_mb=20)
    assert not found.exact and 0 < found.tile < 480 and max(shapes) < 500 * 480
    assert "test/tried has a receptive field of 999 pixels" in caplog.text and "--tile 0" in caplog.text
    whole = restore_detailed(loaded, degraded, memory_mb=4096)
    assert whole.exact and whole.tile == 0
    assert (found.estimate - whole.estimate).abs().max() < 0.05  # the edge of a piece has next to no weight
