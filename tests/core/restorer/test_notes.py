"""What a restorer says of its picture reaches the user, once, with that picture."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish.inference import Restorer
from burnish.inference.pictures import restore_picture_detailed
from burnish.io import Picture
from burnish.plugins.declarations import RestorerSpec
from burnish.restorer.notes import doubt, hearing, note
from torch import Tensor, nn


class _Talking(nn.Module):
    def __init__(self, *, says: Callable[[str], None]) -> None:
        super().__init__()
        self.says, self.receptive_field = says, 1

    def forward(self, degraded: Tensor) -> Tensor:
        self.says("all is flat")
        return degraded


def talking(says: Callable[[str], None]) -> Restorer:
    return Restorer(
        id="test/talking",
        spec=RestorerSpec(name="talking", factory="nowhere:Nothing", summary="Under test"),
        config={},
        restorer=_Talking(says=says).eval(),
        device=torch.device("cpu"),
        origin="installed",
        distribution="burnish-test",
        version="1.2.3",
    )


@pytest.mark.parametrize(("says", "doubtful"), [(note, False), (doubt, True)])
def test_a_note_comes_once_however_many_tiles_say_it(says: Callable[[str], None], doubtful: bool) -> None:
    picture = Picture(pixels=np.full((64, 64, 1), 100, np.uint8))
    done = restore_picture_detailed(talking(says), picture, tile=16)
    assert done.notes == ("all is flat",)
    assert done.doubtful is doubtful


def test_without_a_listener_a_note_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="burnish"):
        doubt("nobody listens")
    assert "nobody listens" in caplog.text


def test_an_inner_listener_hears_for_itself() -> None:
    with hearing() as outer:
        with hearing() as inner:
            doubt("inside")
        note("outside")
    assert (inner.notes, inner.doubtful) == (("inside",), True)
    assert (outer.notes, outer.doubtful) == (("outside",), False)
