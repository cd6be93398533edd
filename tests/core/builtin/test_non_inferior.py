"""The gate ``non-inferior``: a little worse is allowed, if that is proven, and it is cheaper."""

from __future__ import annotations

import pytest
from burnish.builtin.non_inferior import NonInferior
from burnish.plugins.catalog import installed

from tests.core.builtin.test_gates import CHAMPION, card, shifted

LOSSES = [-0.02, -0.03, -0.01, -0.02, -0.03, -0.01, -0.02, -0.02]


def test_a_small_proven_loss_passes_where_it_is_cheaper() -> None:
    champion = card(CHAMPION, seconds_per_megapixel=0.8)
    verdict = NonInferior(delta=0.05, factor=1.5)(card(shifted(LOSSES), seconds_per_megapixel=0.4), champion)
    assert verdict.passed
    assert verdict.figures["ratio"] == pytest.approx(2.0)
    assert "2.00 times less" in verdict.reason


def test_a_loss_that_may_be_larger_fails_though_its_mean_is_small() -> None:
    wide = [0.4, -0.5, 0.3, -0.4, 0.5, -0.45, 0.2, -0.2]
    champion = card(CHAMPION, seconds_per_megapixel=0.8)
    verdict = NonInferior(delta=0.05)(card(shifted(wide), seconds_per_megapixel=0.1), champion)
    assert not verdict.passed
    assert "the lower end is not above -0.050 dB" in verdict.reason


def test_what_is_as_good_but_not_cheaper_fails() -> None:
    verdict = NonInferior(factor=1.5)(card(CHAMPION), card(CHAMPION))
    assert not verdict.passed
    assert "1.00 times less, 1.5 are asked" in verdict.reason


@pytest.mark.parametrize(("cost", "own", "other"), [("weights_mb", 0.5, 2.0), ("parameters", 100, 400)])
def test_other_costs_than_time_can_be_judged(cost: str, own: float, other: float) -> None:
    gate = NonInferior(cost=cost, factor=4)
    assert gate(card(CHAMPION, **{cost: own}), card(CHAMPION, **{cost: other})).passed


def test_every_benchmark_counts_unless_one_is_named() -> None:
    def two(loss: float) -> dict[str, dict[str, list[float]]]:
        return {"a": {"metrics/psnr": CHAMPION}, "b": {"metrics/psnr": shifted(loss)}}

    challenger, champion = card(two(-0.2), seconds_per_megapixel=0.1), card(two(0.0))
    assert "b (metrics/psnr)" in NonInferior()(challenger, champion).reason
    assert not NonInferior()(challenger, champion).passed
    assert NonInferior(benchmark="a")(challenger, champion).passed


def test_it_fails_closed() -> None:
    assert "no champion" in NonInferior()(card(CHAMPION), None).reason
    assert not NonInferior()(card(CHAMPION), None).passed
    other = NonInferior()(card(CHAMPION, seconds_per_megapixel=0.1), card(CHAMPION, device="cuda:0"))
    assert "not measured for both on one device" in other.reason
    unmeasured = NonInferior(cost="weights_mb")(card(CHAMPION), card(CHAMPION))
    assert not unmeasured.passed
    changed = NonInferior()(card(CHAMPION, digest="x", seconds_per_megapixel=0.1), card(CHAMPION))
    assert not changed.passed


def test_it_is_declared_with_its_settings() -> None:
    gate = installed().create("gates", "burnish/non-inferior", {"delta": 0.1, "cost": "parameters"})
    assert isinstance(gate, NonInferior)
    assert (gate.delta, gate.factor) == (0.1, 1.5)
