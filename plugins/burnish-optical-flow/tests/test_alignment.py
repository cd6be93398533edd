"""Frames brought to the reference's geometry, and what happens where that cannot be."""

from collections.abc import Callable

import pytest
import torch
from burnish_optical_flow.bursts.alignment import aligned
from burnish_optical_flow.estimators.by_name import make_estimator
from torch import Tensor

Moving = Callable[..., tuple[Tensor, ...]]


@pytest.mark.parametrize("shrink", [1, 2])
def test_a_shifted_frame_comes_to_lie_on_the_reference(shrink: int, moving: Moving) -> None:
    first, second, _ = moving([[1.0, 0.0], [0.0, 1.0]], [2.4, -1.2])
    before = float((second - first)[..., 12:-12, 12:-12].square().mean())
    after = aligned(first, second, make_estimator("dis"), shrink=shrink)
    assert float((after - first)[..., 12:-12, 12:-12].square().mean()) < 0.02 * before


def test_where_flows_contradict_the_reference_takes_the_frames_place() -> None:
    reference, frame = torch.zeros(1, 1, 20, 20), torch.ones(1, 1, 20, 20)

    def confused(first: Tensor, second: Tensor) -> Tensor:
        flow = torch.zeros(1, 2, 20, 20)
        flow[..., 10:] = 4.0
        return flow

    found = aligned(reference, frame, confused, shrink=1)
    torch.testing.assert_close(found[..., :10], frame[..., :10])
    torch.testing.assert_close(found[..., 10:16], reference[..., 10:16], atol=1e-6, rtol=0)
