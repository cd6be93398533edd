"""Where the level of the noise is taken from, and what is said where there is none."""

from __future__ import annotations

import pytest
import torch
from burnish.errors import ConfigError
from burnish.protocols import Observation
from burnish_self_supervised.learners.known_level import ConfiguredLevel, level_of, observed_level, with_sigma
from torch import Tensor


def observed(**conditions: Tensor) -> Observation:
    return Observation(degraded=torch.zeros(2, 1, 4, 4), target=torch.empty(0), conditions=conditions)


def figures(observation: Observation, configured: ConfiguredLevel) -> list[list[float]]:
    level = level_of(observation, configured, "self-supervised/sure")
    return [[round(float(value), 6) for value in figure] for figure in level.figures]


def test_what_is_known_of_the_pictures_counts_before_the_configuration() -> None:
    configured = ConfiguredLevel(sigma=0.3)
    assert figures(observed(sigma=torch.tensor([0.1, 0.2])), configured) == [[0, 0], [0.1, 0.2], [0, 0]]
    assert figures(observed(), configured) == [[0, 0], [0.3, 0.3], [0, 0]]


def test_a_gain_counts_before_a_sigma_and_the_rest_of_its_model_is_zero_where_it_is_not_known() -> None:
    gain, sigma = torch.tensor([0.01, 0.02]), torch.tensor([0.1, 0.1])
    assert figures(observed(gain=gain, sigma=sigma), ConfiguredLevel()) == [[0.01, 0.02], [0, 0], [0, 0]]
    more = observed(gain=gain, read_noise=torch.tensor([0.03, 0.04]), offset=torch.tensor([0.1, 0.2]))
    assert figures(more, ConfiguredLevel()) == [[0.01, 0.02], [0.03, 0.04], [0.1, 0.2]]


def test_a_whole_model_can_be_configured() -> None:
    configured = ConfiguredLevel(gain=0.01, read_noise=0.02, offset=0.1)
    assert figures(observed(), configured) == [[0.01, 0.01], [0.02, 0.02], [0.1, 0.1]]


def test_without_any_level_the_error_names_the_learner_and_both_remedies() -> None:
    message = (
        r"self-supervised/sure needs the level of the noise.*beside each picture, or into training\.learner\.config"
    )
    with pytest.raises(ConfigError, match=message):
        level_of(observed(), ConfiguredLevel(), "self-supervised/sure")
    assert observed_level(observed()) is None


@pytest.mark.parametrize("other", ["gain", "read_noise"])
def test_sigma_and_a_model_together_are_refused(other: str) -> None:
    with pytest.raises(ConfigError, match="sigma as well as gain or read_noise; give sigma for Gaussian noise, or"):
        ConfiguredLevel(sigma=0.1, **{other: 0.1})


def test_a_configured_sigma_becomes_a_condition_for_restorers_that_need_it() -> None:
    level = ConfiguredLevel(sigma=0.3).level(2)
    assert with_sigma(observed(), level).conditions["sigma"].tolist() == pytest.approx([0.3, 0.3])
    known = observed(sigma=torch.tensor([0.1, 0.2]))
    assert with_sigma(known, level) is known
    assert "sigma" not in with_sigma(observed(), ConfiguredLevel(gain=0.01).level(2)).conditions
