"""Facts about the host's own restorer."""

from __future__ import annotations

import pytest
import torch
from burnish.builtin.identity import Identity
from burnish.protocols import RestorerLike


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 5, 7), (1, 4, 3, 3), (2, 5, 3, 8, 9)])
def test_identity_returns_every_value_as_it_is(shape: tuple[int, ...]) -> None:
    degraded = torch.randn(shape) * 3
    assert torch.equal(Identity()(degraded), degraded)


def test_identity_is_a_restorer() -> None:
    assert isinstance(Identity(), RestorerLike)
