"""Quantiles are numpy's; a profile survives JSON as it is."""

from __future__ import annotations

import numpy as np
import pytest
from burnish.drift import Distribution, Profile
from burnish.drift.profile import distributions
from pydantic import ValidationError


def test_quantiles_are_interpolated_as_numpy_does() -> None:
    figures = np.random.default_rng(0).random(33)
    made = Distribution.of(figures)
    assert made is not None
    assert made.count == 33
    assert made.quantiles == pytest.approx({p: np.percentile(figures, p) for p in (1, 5, 25, 50, 75, 95, 99)})


def test_what_no_picture_told_has_no_distribution() -> None:
    assert Distribution.of([]) is None
    assert Distribution.of([float("nan"), float("inf")]) is None
    made = distributions([{"blur": None, "noise": 0.1}, {"blur": None, "noise": 0.3}])
    assert list(made) == ["noise"]
    assert made["noise"].quantiles[50] == pytest.approx(0.2)


def test_a_profile_comes_back_from_json_equal_and_frozen() -> None:
    profile = Profile(
        pictures=2, degrader="degradations/jpeg", seed=0, measures=distributions([{"noise": 0.1}, {"noise": 0.2}])
    )
    assert Profile.model_validate_json(profile.model_dump_json()) == profile
    with pytest.raises(ValidationError):
        profile.pictures = 3  # type: ignore[misc]
