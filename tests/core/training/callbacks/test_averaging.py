"""The moving average of weights against closed forms."""

from __future__ import annotations

import pytest
import torch
from burnish.training.callbacks.averaging import blend, warm_decay


def test_the_decay_warms_up_to_its_limit() -> None:
    assert [warm_decay(0.5, t) for t in (0, 1, 8, 1000)] == [0.1, pytest.approx(2 / 11), 0.5, 0.5]


def test_blending_is_the_weighted_mean_and_copies_integers() -> None:
    averages = [torch.rand(3), torch.rand(2, 2), torch.tensor(5)]
    weights = [torch.rand(3), torch.rand(2, 2), torch.tensor(9)]
    expected = [0.9 * a + 0.1 * w for a, w in zip(averages[:2], weights[:2], strict=True)]
    blend(averages, weights, 0.9)
    torch.testing.assert_close(averages[:2], expected)
    assert int(averages[2]) == 9


def test_constant_weights_stay_as_they_are() -> None:
    average = [torch.full((4,), 0.3)]
    for _ in range(1000):
        blend(average, [torch.full((4,), 0.3)], 0.999)
    assert torch.equal(average[0], torch.full((4,), 0.3))
