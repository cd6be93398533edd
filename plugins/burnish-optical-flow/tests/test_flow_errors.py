"""Endpoint and angular error, by hand."""

import math

import pytest
import torch
from burnish_optical_flow.flow.errors import angular_error, endpoint_error, is_known


def even(dx: float, dy: float) -> torch.Tensor:
    return torch.tensor([float(dx), float(dy)])[None, :, None, None].expand(1, 2, 3, 4).clone()


def test_the_endpoint_error_is_the_length_of_the_difference() -> None:
    assert float(endpoint_error(even(4, 1), even(1, 5))) == pytest.approx(5)


def test_errors_are_means_over_the_pixels_of_each_picture() -> None:
    flow = torch.cat([even(0, 0), even(0, 0)])
    flow[0, 0, 0, 0] = 12
    assert endpoint_error(flow, torch.zeros_like(flow)).tolist() == [1.0, 0.0]


def test_the_angle_between_a_pixel_to_the_right_and_none_is_45_degrees() -> None:
    assert float(angular_error(even(1, 0), even(0, 0))) == pytest.approx(45)


def test_the_angle_is_that_of_the_arc_cosine_and_precise_where_that_is_not() -> None:
    a, b = (1.5, -2.0), (0.3, 0.7)
    cosine = (a[0] * b[0] + a[1] * b[1] + 1) / math.sqrt((1 + 6.25) * (1 + 0.58))
    assert float(angular_error(even(*a), even(*b))) == pytest.approx(math.degrees(math.acos(cosine)), rel=1e-6)
    assert float(angular_error(even(1e-7, 0).double(), even(0, 0).double())) == pytest.approx(math.degrees(1e-7))


@pytest.mark.parametrize("unknown", [float("nan"), float("inf"), 1.7e9, -1.7e9])
def test_where_the_truth_is_not_known_nothing_counts(unknown: float) -> None:
    truth = even(0, 0)
    truth[0, 1, 1, 1] = unknown
    flow = even(3, 4)
    flow[0, :, 1, 1] = 1000
    assert float(endpoint_error(flow, truth)) == pytest.approx(5)
    assert math.isfinite(float(angular_error(flow, truth)))
    assert int(is_known(truth).sum()) == 11


def test_nowhere_known_is_nan() -> None:
    assert bool(endpoint_error(even(1, 1), even(math.nan, math.nan)).isnan())
