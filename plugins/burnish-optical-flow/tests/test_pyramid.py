"""From coarse to fine: sizes, brightness and motion keep their meaning."""

import torch
from burnish_optical_flow.estimators.pyramid import enlarged, pyramid


def test_levels_shrink_by_the_factor_down_to_the_least_side() -> None:
    sizes = [tuple(level.shape[-2:]) for level in pyramid(torch.rand(1, 1, 64, 100), factor=0.5, least=16)]
    assert sizes == [(16, 25), (32, 50), (64, 100)]


def test_the_finest_level_is_the_picture_itself() -> None:
    picture = torch.rand(1, 1, 20, 20)
    assert pyramid(picture, factor=0.6, least=16)[-1] is picture


def test_a_picture_smaller_than_the_least_side_is_its_own_pyramid() -> None:
    assert len(pyramid(torch.rand(1, 1, 3, 90), factor=0.5, least=16)) == 1


def test_an_even_brightness_stays() -> None:
    for level in pyramid(torch.full((1, 1, 60, 70), 0.3), factor=0.7, least=10):
        torch.testing.assert_close(level, torch.full_like(level, 0.3))


def test_a_ramp_stays_in_its_place() -> None:
    ramp = (torch.arange(64.0) + 0.5)[None, None, None].expand(1, 1, 64, 64)
    small = pyramid(ramp, factor=0.5, least=32)[0]
    torch.testing.assert_close(small[..., 4:-4], ((torch.arange(32.0) + 0.5) * 2).expand(1, 1, 32, 32)[..., 4:-4])


def test_vectors_grow_with_the_size_of_their_field() -> None:
    flow = torch.ones(1, 2, 5, 8) * torch.tensor([1.0, -2.0])[:, None, None]
    larger = enlarged(flow, (10, 24))
    torch.testing.assert_close(larger[:, 0], torch.full((1, 10, 24), 3.0))
    torch.testing.assert_close(larger[:, 1], torch.full((1, 10, 24), -4.0))
