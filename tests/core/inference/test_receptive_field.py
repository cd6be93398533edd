"""The measured receptive field is that of the architecture, by gradients and by changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from burnish.inference import Restorer
from burnish.inference.receptive_field import reach
from burnish.plugins.declarations import RestorerSpec
from torch import nn


def _loaded(made: Callable[..., Any], **declared: Any) -> Restorer:
    told: dict[str, Any] = {"name": "tried", "factory": "nowhere:Nothing", "summary": "Under test", "channels": (1,)}
    return Restorer(
        id="test/tried", spec=RestorerSpec(**{**told, **declared}), config={},
        restorer=made.eval().requires_grad_(False) if isinstance(made, nn.Module) else made,
        device=torch.device("cpu"), origin="installed", distribution="burnish-test", version="1",
    )  # fmt: skip


def _picture(height: int = 40, width: int = 44) -> torch.Tensor:
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("network", "side"),
    [
        (nn.Conv2d(1, 1, 3, padding=1), 3),
        (nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1)), 7),
        (nn.Conv2d(1, 1, 3, padding=6, dilation=6), 13),
        (nn.Identity(), 1),
    ],
)
def test_a_network_of_convolutions_has_its_known_field(network: nn.Module, side: int) -> None:
    found = reach(_loaded(network), _picture(), {}, [(20, 20), (15, 22)])
    assert (found.side, found.open, found.by, found.places) == (side, False, "gradients", 2)


def test_the_field_of_an_enlarging_network_is_in_pixels_of_the_input() -> None:
    network = nn.Sequential(nn.Conv2d(1, 9, 5, padding=2), nn.PixelShuffle(3))
    assert reach(_loaded(network, scale=(3,)), _picture(), {}, [(20, 20)]).side == 5


def test_a_weak_and_far_dependence_is_seen() -> None:
    class Far(nn.Module):
        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            return degraded + 1e-5 * nn.functional.pad(degraded, (13, 0))[..., :-13]

    found = reach(_loaded(Far()), _picture(), {}, [(20, 20)])
    assert (found.farthest, found.side) == (13, 27)


def test_a_field_that_ends_only_with_the_picture_is_open() -> None:
    class Whole(nn.Module):
        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            return degraded - degraded.mean(dim=(-2, -1), keepdim=True)

    assert reach(_loaded(Whole()), _picture(), {}, [(20, 20)]).open


def test_a_restorer_without_gradients_is_measured_by_changes() -> None:
    def median(degraded: torch.Tensor) -> torch.Tensor:
        unfolded = nn.functional.pad(degraded, (2,) * 4, mode="reflect").unfold(2, 5, 1).unfold(3, 5, 1)
        return unfolded.flatten(4).median(dim=4).values

    found = reach(_loaded(median), _picture(), {}, [(20, 20), (9, 30)])
    assert (found.side, found.by) == (5, "changes")


def test_frames_are_seen_together() -> None:
    class Mean(nn.Module):
        def forward(self, burst: torch.Tensor) -> torch.Tensor:
            return nn.functional.avg_pool2d(burst.mean(dim=1), 3, stride=1, padding=1)

    burst = torch.rand(1, 3, 1, 20, 20)
    assert reach(_loaded(Mean(), temporal="burst"), burst, {}, [(10, 10)]).side == 3
