"""Facts about the gate former-gate."""

import math

import pytest
from burnish.conformance import Check, conform
from burnish.evaluation import BenchmarkResult, Cost, MetricScores, Scorecard

from burnish_former.gate import Former


@conform("former/former-gate")
def test_it_does_what_a_gate_must(check: Check) -> None:
    check()


def scored(megabytes: float) -> Scorecard:
    """A scorecard as the host makes it, of one picture."""
    psnr = MetricScores(version=1, protocol={"border": 0}, unit="dB", per_image={"a.png": 31.5}, mean=31.5)
    result = BenchmarkResult(
        benchmark="noise",
        digest="of pictures and conventions: equal ones may be compared",
        degrader="degradations/gaussian-noise",
        data_hash="of the pictures",
        scores={"metrics/psnr": psnr},
        seconds_per_megapixel=0.5,
        device="cpu",
        precision="fp32",
    )
    cost = Cost(seconds_per_megapixel=0.5, parameters=1000, weights_mb=megabytes)
    return Scorecard(subject="denoise v4", restorer="cnn/dncnn", results={"noise": result}, cost=cost)


@pytest.mark.parametrize(("megabytes", "passed"), [(1.0, True), (2.0, True), (2.1, False), (math.nan, False)])
def test_weights_up_to_the_limit_pass(megabytes: float, passed: bool) -> None:
    assert Former(megabytes=2.0)(scored(megabytes), None).passed is passed


def test_what_was_not_measured_does_not_pass() -> None:
    nothing = Scorecard(subject="denoise v5", restorer="cnn/dncnn", results={}, cost=Cost(seconds_per_megapixel=0.0))
    assert not Former()(nothing, None).passed
