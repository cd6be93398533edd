"""The second head learns where errors are large, from what surrounds a value and from nothing else."""

from __future__ import annotations

import pytest
import torch
from burnish.uncertainty import head as module
from burnish.uncertainty.features import CONTEXT, COUNT, features
from burnish.uncertainty.head import Head, learn
from burnish.uncertainty.widths import LEAST, Learned, augmentations, constant
from torch import Tensor


def _never(_: Tensor) -> Tensor:
    raise AssertionError("nothing is restored again")


def _sample(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """A flat left half whose estimate is exact to 0.01, and a textured right half that is off by 0.1."""
    draw = torch.Generator().manual_seed(seed)
    degraded = torch.full((1, 3, 64, 96), 0.5)
    degraded[..., 48:] += 0.2 * torch.randn(1, 3, 64, 48, generator=draw)
    scale = torch.full((1, 3, 64, 96), 0.01)
    scale[..., 48:] = 0.1
    return degraded, degraded, degraded + scale * torch.randn(1, 3, 64, 96, generator=draw)


def test_widths_are_quantiles_of_the_errors_of_places_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEPS", 500)
    made = learn((_sample(seed) for seed in range(4)), 4, 0)
    degraded, estimate, _ = _sample(9)
    for width in made.of_picture(degraded, estimate):
        assert float(width[..., :32].mean()) == pytest.approx(0.01 * 1.645, rel=0.35)
        assert float(width[..., 64:].mean()) == pytest.approx(0.1 * 1.645, rel=0.25)


def test_what_is_unlike_all_that_was_seen_is_less_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """More noise than ever makes the intervals wider, with the distance, whatever the network would say of it."""
    monkeypatch.setattr(module, "STEPS", 200)
    made = learn((_sample(seed) for seed in range(4)), 4, 0)
    draw = torch.Generator().manual_seed(5)
    widths = []
    for sigma in (0.0, 0.3, 0.6):
        degraded = torch.full((1, 3, 64, 64), 0.5) + sigma * torch.randn(1, 3, 64, 64, generator=draw)
        widths.append(float(sum(made.of_picture(degraded, torch.full_like(degraded, 0.5))).mean()))
    assert widths[1] > 3 * widths[0]
    assert widths[2] > 1.1 * widths[1]


def test_no_width_is_no_number_however_flat_a_picture() -> None:
    """OpenCV's running sums make less than nothing of small squares; a root of that would be no number."""
    degraded = torch.rand(1, 1, 200, 200, generator=torch.Generator().manual_seed(0)).round()
    degraded[..., 100:] = degraded[..., 100:] * 1e-4
    for width in Head().eval().of_picture(degraded, degraded * 0.999):
        assert torch.isfinite(width).all()


def test_a_head_learns_the_same_of_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEPS", 5)
    one, other = (learn([_sample(0)], 1, 3).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_blocks_one_at_a_time_give_what_the_whole_picture_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    made, degraded = Head().eval(), torch.rand(2, 3, 50, 20)
    estimate = torch.rand(2, 3, 100, 40)
    whole = made.of_picture(degraded, estimate)
    monkeypatch.setattr(module, "SIDE", 16)
    for one, other in zip(made.of_picture(degraded, estimate), whole, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


def test_a_feature_knows_nothing_beyond_its_context() -> None:
    draw = torch.Generator().manual_seed(0)
    planes = [torch.rand(60, 60, generator=draw).numpy() for _ in range(3)]
    before = features(*planes)
    assert before.shape == (COUNT, 60, 60)
    for plane in planes:
        plane[30 + CONTEXT + 1 :], plane[: 30 - CONTEXT] = 0.0, 1.0
    assert abs(features(*planes)[:, 30] - before[:, 30]).max() < 1e-4


def test_no_width_is_less_than_a_quarter_of_a_level() -> None:
    degraded = torch.full((1, 1, 20, 24), 0.5)
    made = Head().eval()
    made.layers[-1].bias.data.fill_(-50.0)
    for width in Learned(made)(degraded, degraded, _never):
        assert float(width.min()) == pytest.approx(LEAST)
    assert float(augmentations(degraded, degraded, lambda other: other)[0].max()) == pytest.approx(LEAST)
    assert float(constant(degraded, degraded, _never)[0].min()) == 1.0


def test_augmentations_are_as_wide_as_a_restorer_that_is_not_the_same_when_flipped() -> None:
    def slanted(picture: Tensor) -> Tensor:
        return picture + torch.linspace(0, 0.2, picture.shape[-1])

    degraded = torch.full((1, 1, 20, 41), 0.5)
    width = augmentations(degraded, slanted(degraded), slanted)[0][0, 0]
    assert float(width[10, 0]) == pytest.approx(0.1 - 0.01, abs=0.011)
    assert float(width[10, 20]) < 0.01


def test_frames_of_a_clip_are_looked_at_one_by_one_and_of_a_burst_frame_0() -> None:
    torch.manual_seed(0)
    made, degraded, estimate = Head().eval(), torch.rand(2, 3, 1, 20, 24), torch.rand(2, 3, 1, 40, 48)
    for part, found in enumerate(made.of_picture(degraded, estimate)):
        assert found.shape == estimate.shape
        assert torch.equal(found[:, 1], made.of_picture(degraded[:, 1], estimate[:, 1])[part])
        assert torch.equal(
            made.of_picture(degraded, estimate[:, 0])[part], made.of_picture(degraded[:, 0], estimate[:, 0])[part]
        )


def test_the_network_gives_blocks_what_it_gives_values() -> None:
    torch.manual_seed(0)
    made, degraded, estimate = Head().eval(), torch.rand(1, 2, 16, 20), torch.rand(1, 2, 16, 20)
    made.mean.normal_()
    made.scale.uniform_(0.5, 2.0)
    made.least.uniform_(-3.0, -2.0)
    made.most.uniform_(-2.0, 1.0)
    ((found, _),) = module._in_blocks(degraded, estimate)
    wanted = made(found.movedim(2, -1)).unbind(dim=-1)
    for one, other in zip(made.of_picture(degraded, estimate), wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)
