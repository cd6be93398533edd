"""A flow as a picture: the directions that everybody knows by their colours."""

import torch
from burnish_optical_flow.flow.colour_wheel import flow_picture


def colour(dx: float, dy: float, **options: float) -> list[float]:
    flow = torch.zeros(1, 2, 1, 2)
    flow[0, 0, 0, 0], flow[0, 1, 0, 0] = dx, dy
    return flow_picture(flow, **options)[0, :, 0, 0].tolist()


def test_right_is_red() -> None:
    assert colour(5, 0) == [1, 0, 0]


def test_down_is_yellow_left_is_cyan_to_blue_and_up_is_violet() -> None:
    red, green, blue = colour(0, 3)
    assert red > 0.9 and green > 0.8 and blue == 0
    red, green, blue = colour(-3, 0)
    assert red == 0 and 0 < green < 1 and blue == 1
    red, green, blue = colour(0, -3)
    assert red > 0.3 and green == 0 and blue == 1


def test_no_motion_is_white_and_unknown_motion_is_black() -> None:
    flow = torch.zeros(1, 2, 1, 3)
    flow[0, 0, 0, 1] = float("nan")
    flow[0, 0, 0, 2] = 1
    picture = flow_picture(flow)[0, :, 0]
    assert picture[:, 0].tolist() == [1, 1, 1]
    assert picture[:, 1].tolist() == [0, 0, 0]


def test_half_the_longest_motion_is_half_as_saturated() -> None:
    assert colour(2, 0, longest=4) == [1, 0.5, 0.5]


def test_what_is_longer_than_the_longest_is_darker() -> None:
    assert colour(8, 0, longest=4) == [0.75, 0, 0]


def test_a_flow_that_is_nowhere_known_or_nowhere_moves_gives_a_picture() -> None:
    assert float(flow_picture(torch.full((1, 2, 2, 2), float("nan"))).max()) == 0
    assert float(flow_picture(torch.zeros(2, 2, 2, 2)).min()) == 1


def test_values_are_within_zero_and_one() -> None:
    picture = flow_picture(torch.randn(1, 2, 40, 40, generator=torch.Generator().manual_seed(0)))
    assert picture.shape == (1, 3, 40, 40)
    assert float(picture.min()) >= 0 and float(picture.max()) <= 1
