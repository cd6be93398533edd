"""Each picture goes through one of the choices, as often as the weights say."""

from __future__ import annotations

import pytest
import torch
from burnish.errors import ConfigError, PluginError
from burnish_degradations.bicubic import Bicubic
from burnish_degradations.one_of import OneOf

NOISES = [
    {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}, "weight": 3},
    {"id": "degradations/gaussian-noise", "config": {"sigma": 0.0}},
]


def _clean(count: int = 8, side: int = 16) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_weights_say_how_often_each_is_drawn() -> None:
    made = OneOf(choices=NOISES)(_clean(400, 4), torch.Generator().manual_seed(1))
    noisy = (made.degraded != made.target).flatten(1).any(dim=1)
    assert 0.7 < float(noisy.float().mean()) < 0.8
    assert torch.equal(made.conditions["sigma"] > 0, noisy)


def test_only_conditions_that_all_choices_give_are_told() -> None:
    mixed = OneOf(choices=[NOISES[0], {"id": "degradations/jpeg"}])
    made = mixed(_clean(40), torch.Generator().manual_seed(1))
    assert mixed.gives == frozenset()
    assert dict(made.conditions) == {}
    assert {one["id"] for one in made.parameters["pictures"]} == {"degradations/gaussian-noise", "degradations/jpeg"}


def test_a_replay_is_the_same_to_the_bit() -> None:
    choices = [{"id": "degradations/camera-noise"}, {"id": "degradations/jpeg"}]
    degrader = OneOf(choices=choices)
    made = degrader(_clean(), torch.Generator().manual_seed(1))
    assert torch.equal(degrader.replay(_clean(), made.parameters).degraded, made.degraded)
    with pytest.raises(ConfigError, match="belong to other choices"):
        OneOf(choices=choices[::-1]).replay(_clean(), made.parameters)


def test_choices_that_reduce_alike_go_together() -> None:
    choices = [
        {"id": "degradations/bicubic", "config": {"scale": 2}},
        {"id": "degradations/real-world", "config": {"scale": 2}},
    ]
    mixed, clean = OneOf(choices=choices), _clean(6, 41)
    made = mixed(clean, torch.Generator().manual_seed(1))
    assert made.degraded.shape == (6, 3, 20, 20)
    assert torch.equal(made.target, clean[..., :40, :40])
    assert dict(made.conditions) == {"scale": 2}
    chosen = [one["chosen"] for one in made.parameters["pictures"]]
    assert set(chosen) == {0, 1}
    alone = Bicubic(scale=2)(clean, torch.Generator()).degraded
    assert [torch.equal(one, other) for one, other in zip(made.degraded, alone, strict=True)] == [
        k == 0 for k in chosen
    ]


def test_choices_that_reduce_differently_are_refused_and_so_are_clips() -> None:
    with pytest.raises(PluginError, match=r"reduce by the same factor"):
        OneOf(choices=[{"id": "degradations/bicubic"}, *NOISES])(_clean(), torch.Generator().manual_seed(0))
    with pytest.raises(ConfigError, match="one-of takes degraders of pictures"):
        OneOf(choices=[{"id": "degradations/frame-average"}])
    with pytest.raises(ConfigError, match="at least one choice"):
        OneOf(choices=[])
