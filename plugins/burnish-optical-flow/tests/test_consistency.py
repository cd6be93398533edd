"""There and back again."""

import math

import torch
from burnish_optical_flow.flow.consistency import consistency


def even(dx: float, dy: float) -> torch.Tensor:
    return torch.tensor([float(dx), float(dy)])[None, :, None, None].expand(1, 2, 12, 14).clone()


def test_opposite_flows_agree_wherever_the_other_picture_is_seen() -> None:
    found = consistency(even(2, 0), even(-2, 0))
    assert bool((found[..., :12] == 1).all())
    assert float(found[..., 12:].max()) == 0


def test_disagreement_by_the_tolerance_leaves_one_over_e() -> None:
    found = consistency(even(0, 0), even(0, 0.5), tolerance=0.5)
    torch.testing.assert_close(found, torch.full_like(found, math.exp(-1)))


def test_long_motion_may_disagree_more() -> None:
    near = consistency(even(1, 0), even(-2, 0))[..., 5, 5]
    far = consistency(even(8, 0), even(-9, 0))[..., 5, 5]
    assert float(far) > float(near)


def test_contradicting_flows_are_not_trusted() -> None:
    assert float(consistency(even(3, 3), even(3, 3)).max()) < 1e-5
