"""Integrated gradients against captum and closed forms; the figures of a map against their definitions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish.explaining.attribution import Attribution, attribution, integrated, quadrature
from burnish.explaining.paths import straight, unblurring
from burnish.explaining.subject import Subject
from burnish.inference import Restorer
from numpy.typing import NDArray

Asked = Callable[..., Subject]


@pytest.mark.parametrize("detector", ["edges", "level"])
@pytest.mark.parametrize("steps", [7, 50])
def test_along_a_straight_path_they_are_captums_integrated_gradients(
    asked: Asked, doubling: Restorer, detector: str, steps: int
) -> None:
    pytest.importorskip("captum", reason="the extra burnish[explain] is not installed")
    from captum.attr import IntegratedGradients

    one = asked(doubling, 30, 24, 12, 10, detector=detector)
    seen, baseline = one.seen, torch.zeros_like(one.seen)
    wanted = IntegratedGradients(one.detect).attribute(
        seen, baselines=baseline, n_steps=steps, method="gausslegendre", internal_batch_size=1
    )
    found = integrated(one.detect, straight(baseline, seen), quadrature(steps))
    assert float(wanted.abs().max()) > 1e-3
    np.testing.assert_allclose(found.numpy(), wanted.detach().numpy(), atol=1e-6 * float(wanted.abs().max()))


def test_of_a_linear_network_they_are_the_picture_times_how_often_a_pixel_counts(
    asked: Asked, smooth: Restorer
) -> None:
    one = asked(smooth, 20, 16, 1, 1, detector="level")
    found = integrated(one.detect, straight(torch.zeros_like(one.seen), one.seen), quadrature(3))
    wanted = torch.zeros_like(one.seen)
    inner = one.inner
    around = (..., slice(inner.y - 1, inner.y + 2), slice(inner.x - 1, inner.x + 2))
    wanted[around] = one.seen[around] / 9
    torch.testing.assert_close(found, wanted.double(), atol=1e-7, rtol=0.0)


def test_local_attribution_of_a_linear_network_is_what_the_blur_took_times_its_weights(
    asked: Asked, smooth: Restorer
) -> None:
    one = asked(smooth, 20, 16, 1, 1, detector="level")
    path = unblurring(one.seen, 1.2, lambda value: value)
    found = integrated(one.detect, path, quadrature(50))
    inner = one.inner
    weights = torch.zeros_like(one.seen)
    weights[..., inner.y - 1 : inner.y + 2, inner.x - 1 : inner.x + 2] = 1 / 9
    torch.testing.assert_close(found.float(), weights * (one.seen - path(0.0)[0]), atol=1e-6, rtol=0.0)


@pytest.mark.parametrize("detector", ["edges", "level"])
def test_the_sum_is_what_the_detector_gains_along_the_path(asked: Asked, doubling: Restorer, detector: str) -> None:
    one = asked(doubling, 30, 24, 12, 10, detector=detector)
    path = unblurring(one.seen, 1.2, lambda value: value)
    found = integrated(one.detect, path, quadrature(50))
    made = attribution(found, one.detect, path(0.0)[0], one.seen, one.below, whole=1920)
    assert made.total == pytest.approx(made.difference, rel=0.01)


def _map(values: NDArray[np.float64], whole: int = 0) -> Attribution:
    return Attribution(
        values=values.astype(np.float32), below=(0, 0, 1, 1), whole=whole or values.size, total=0.0, difference=0.0
    )


@pytest.mark.parametrize("count", [1, 6, 24])
def test_equal_contributions_of_some_pixels_are_as_many_pixels(count: int) -> None:
    values = np.zeros(24)
    values[:count] = -0.3
    made = _map(values.reshape(4, 6))
    assert made.pixels == pytest.approx(count)
    assert made.diffusion_index == pytest.approx(100 * count / 24)


def test_the_diffusion_index_is_that_of_the_gini_coefficient_by_all_differences() -> None:
    values = np.random.default_rng(0).normal(size=(5, 7))
    flat = np.abs(values.astype(np.float32)).astype(np.float64).ravel()
    gini = np.abs(flat[:, None] - flat).sum() / (2 * flat.size**2 * flat.mean())
    assert _map(values).diffusion_index == pytest.approx(100 * (1 - gini))


def test_pixels_outside_the_region_count_as_zero_and_leave_the_number_of_pixels_as_it_is() -> None:
    values = np.random.default_rng(1).normal(size=(4, 4))
    framed = np.zeros((10, 10))
    framed[3:7, 2:6] = values
    assert _map(values, 100).diffusion_index == pytest.approx(_map(framed).diffusion_index)
    assert _map(values).pixels == pytest.approx(_map(framed).pixels)


def test_the_margin_about_the_box_holds_99_percent_of_the_map() -> None:
    values = np.zeros((9, 9))
    values[4, 4] = 1.0
    values[4, 7] = 0.02
    made = Attribution(values=values.astype(np.float32), below=(3, 3, 3, 3), whole=81, total=0.0, difference=0.0)
    assert made.margin == 2
    values[4, 7] = 0.001
    made = Attribution(values=values.astype(np.float32), below=(3, 3, 3, 3), whole=81, total=0.0, difference=0.0)
    assert made.margin == 0


def test_shares_of_frames_sum_to_one_and_a_single_picture_has_none() -> None:
    values = np.stack([np.full((2, 2), value) for value in (1.0, -2.0, 1.0)])
    assert _map(values).frames == pytest.approx([0.25, 0.5, 0.25])
    assert _map(values[0]).frames == []


def test_a_map_of_nothing_is_no_pixels() -> None:
    assert _map(np.zeros((3, 3))).pixels == 0.0
