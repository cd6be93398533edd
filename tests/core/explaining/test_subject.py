"""The region of the input that a box rests on, and what the detectors find in the box."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish.errors import UsageError
from burnish.explaining.subject import Box, Subject, about
from burnish.inference import Restorer, restore
from numpy.typing import NDArray

from tests.core.explaining.conftest import Doubling, Smooth

Asked = Callable[..., Subject]


def test_the_region_is_what_the_receptive_field_reaches_and_gives_the_same_box_as_the_whole_picture(
    asked: Asked, doubling: Restorer, grey: NDArray[np.float32]
) -> None:
    one = asked(doubling, 40, 30, 10, 8)
    assert one.exact
    assert one.region == Box(17, 12, 12, 11)  # 20 … 25 across, with the pixel after the box; 3 on either side
    whole = restore(doubling, torch.from_numpy(grey)[None, None], tile=0, precision="fp32", engine="eager")
    torch.testing.assert_close(one.inner.cut(one.estimate(one.seen)), one.box.cut(whole), atol=1e-6, rtol=0.0)


@pytest.mark.parametrize("box", [(0, 0, 9, 9), (87, 70, 9, 10), (0, 0, 96, 80)])
def test_at_the_edges_of_the_picture_the_region_ends_with_it(
    asked: Asked, restorer: Callable[..., Restorer], grey: NDArray[np.float32], box: tuple[int, ...]
) -> None:
    loaded = restorer(Doubling(), receptive_field=7, scale=(2,), size_multiple=16)
    one = asked(loaded, *box)
    whole = restore(loaded, torch.from_numpy(grey)[None, None], tile=0, precision="fp32", engine="eager")
    assert one.exact
    torch.testing.assert_close(one.inner.cut(one.estimate(one.seen)), one.box.cut(whole), atol=1e-6, rtol=0.0)


def test_without_a_finite_field_a_part_about_the_box_is_looked_at_and_that_is_said(
    asked: Asked, restorer: Callable[..., Restorer]
) -> None:
    loaded = restorer(Smooth(), tiling="whole")
    one = asked(loaded, 20, 16, 4, 4, within=11)
    assert (one.exact, one.region) == (False, Box(17, 13, 11, 11))
    assert asked(loaded, 20, 16, 4, 4, within=200).exact  # that is the whole picture


def test_edges_are_the_magnitudes_of_the_gradient(asked: Asked, smooth: Restorer, grey: NDArray[np.float32]) -> None:
    one = asked(smooth, 12, 10, 6, 5)
    estimate = restore(smooth, torch.from_numpy(grey)[None, None], tile=0, precision="fp32")[0, 0].double().numpy()
    right, down = estimate[10:15, 13:19] - estimate[10:15, 12:18], estimate[11:16, 12:18] - estimate[10:15, 12:18]
    assert float(one.detect(one.seen)) == pytest.approx(np.hypot(right, down).sum(), rel=1e-4)


def test_beyond_the_edge_of_the_estimate_nothing_changes(asked: Asked, smooth: Restorer) -> None:
    last = asked(smooth, 47, 39, 1, 1)
    assert float(last.detect(last.seen)) == pytest.approx(0.0, abs=1e-5)


def test_level_is_the_sum_of_the_values(asked: Asked, smooth: Restorer, grey: NDArray[np.float32]) -> None:
    one = asked(smooth, 12, 10, 6, 5, detector="level")
    estimate = restore(smooth, torch.from_numpy(grey)[None, None], tile=0, precision="fp32")[0, 0].numpy()
    assert float(one.detect(one.seen)) == pytest.approx(estimate[10:15, 12:18].sum(), rel=1e-5)


def test_a_box_about_a_point_has_16_pixels_and_lies_in_the_estimate() -> None:
    assert about(50, 40, 100, 80) == Box(42, 32, 16, 16)
    assert about(0, 79, 100, 80) == Box(0, 64, 16, 16)
    assert about(3, 3, 10, 6) == Box(0, 0, 10, 6)


@pytest.mark.parametrize("box", [(96, 0, 1, 1), (90, 70, 7, 5), (0, 0, 0, 4)])
def test_a_box_outside_the_estimate_is_refused_with_its_size(
    asked: Asked, doubling: Restorer, box: tuple[int, ...]
) -> None:
    with pytest.raises(UsageError, match="does not lie in the estimate, which is 96 wide and 80 high"):
        asked(doubling, *box)


def test_an_unknown_detector_and_a_frame_of_a_single_picture_are_refused(asked: Asked, smooth: Restorer) -> None:
    with pytest.raises(UsageError, match="use one of edges, level"):
        asked(smooth, 1, 1, 2, 2, detector="corners")
    with pytest.raises(UsageError, match="makes one picture; leave the frame out"):
        asked(smooth, 1, 1, 2, 2, frame=0)
