from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from burnish.builtin.gates import CostGate, Gain, NoRegression, judge
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import GateSpec
from burnish.protocols import Gate, Verdict
from burnish.recipe.values import Choice

CHAMPION = [25.0, 28.0, 31.0, 34.0, 37.0, 40.0, 29.0, 33.0]
UNITS = {"metrics/psnr": "dB", "metrics/ssim": ""}


def scores(metric: str, figures: list[float]) -> MetricScores:
    return MetricScores(
        version=1,
        protocol={"border": 0},
        unit=UNITS[metric],
        per_image={f"{index}.png": figure for index, figure in enumerate(figures)},
        mean=sum(figures) / len(figures),
    )


def card(
    figures: list[float] | Mapping[str, Mapping[str, list[float]]],
    *,
    digest: str = "d",
    degraded: list[float] | None = None,
    device: str = "cpu",
    subject: str = "m",
    **cost: Any,
) -> Scorecard:
    """A scorecard from plain PSNRs on one benchmark, or from benchmark → metric → figures."""
    benchmarks = figures if isinstance(figures, Mapping) else {"noise": {"metrics/psnr": figures}}
    results = {
        name: BenchmarkResult(
            benchmark=name,
            digest=f"{digest} {name}",
            degrader="d/x",
            data_hash="h",
            scores={metric: scores(metric, one) for metric, one in metrics.items()},
            degraded={"metrics/psnr": scores("metrics/psnr", degraded)} if degraded else {},
            seconds_per_megapixel=0.5,
            device=device,
            precision="fp32",
        )
        for name, metrics in benchmarks.items()
    }
    spent = Cost(**{"seconds_per_megapixel": 0.5, **cost})
    return Scorecard(subject=subject, restorer="r/x", results=results, cost=spent)


def shifted(amounts: float | list[float]) -> list[float]:
    every = amounts if isinstance(amounts, list) else [amounts] * len(CHAMPION)
    return [score + amount for score, amount in zip(CHAMPION, every, strict=True)]


GAINS = [0.30, 0.35, 0.28, 0.33, 0.29, 0.31, 0.36, 0.27]


def test_a_small_gain_on_every_image_is_proven_and_the_figures_say_so() -> None:
    verdict = Gain()(card(shifted(GAINS)), card(CHAMPION))
    assert verdict.passed
    assert 0.27 <= verdict.figures["ci_low"] <= verdict.figures["mean"] <= verdict.figures["ci_high"]
    assert "+0.311 dB" in verdict.reason
    assert "against the champion" in verdict.reason


@pytest.mark.parametrize("rivals", ["a champion", "none"])
def test_scores_whose_differences_prove_nothing_never_promote_unless_that_is_accepted(rivals: str) -> None:
    challenger, champion = card(shifted(GAINS)), card(CHAMPION) if rivals == "a champion" else None
    noise = challenger.results["noise"]
    doubted = noise.scores["metrics/psnr"].model_copy(update={"doubt": "the noise is correlated; give shots"})
    unsure = challenger.model_copy(
        update={"results": {"noise": noise.model_copy(update={"scores": {"metrics/psnr": doubted}})}}
    )
    assert Gain()(challenger, champion).passed
    verdict = Gain()(unsure, champion)
    assert not verdict.passed
    assert "noise (metrics/psnr) proves no gain: the noise is correlated; give shots" in verdict.reason
    assert Gain(accept_unproven=True)(unsure, champion).passed


def test_a_tie_never_promotes() -> None:
    assert not Gain()(card(CHAMPION), card(CHAMPION)).passed


def test_a_gain_on_average_that_chance_may_explain_is_not_proven() -> None:
    erratic = shifted([2.0, -1.5, 1.0, -0.5, 0.2, 1.5, -1.0, 0.0])
    verdict = Gain()(card(erratic), card(CHAMPION))
    assert verdict.figures["mean"] > 0.2
    assert not verdict.passed
    assert "is not above the margin" in verdict.reason


def test_the_margin_is_what_the_lower_end_must_exceed() -> None:
    assert Gain(margin=0.25)(card(shifted(GAINS)), card(CHAMPION)).passed
    assert not Gain(margin=0.31)(card(shifted(GAINS)), card(CHAMPION)).passed


def test_a_single_image_proves_nothing() -> None:
    assert not Gain()(card([35.0]), card([30.0])).passed


def test_a_first_model_must_beat_its_input_where_that_can_be_scored() -> None:
    assert Gain()(card(CHAMPION, degraded=[20.0] * 8), None).passed
    worse = Gain()(card(CHAMPION, degraded=CHAMPION), None)
    assert not worse.passed
    assert "its input (there is no champion yet)" in worse.reason
    assert not Gain(margin_over_input=40.0)(card(CHAMPION, degraded=[20.0] * 8), None).passed
    unmeasurable = Gain()(card(CHAMPION), None)
    assert unmeasurable.passed
    assert "cannot score the input" in unmeasurable.reason


def test_a_first_model_that_a_baseline_beats_is_refused_in_one_line_that_says_so() -> None:
    """The case that made it champion: a network of 60 steps beside the bilateral filter."""
    network = card([value - 4.4 for value in CHAMPION], degraded=[15.0] * 8)
    others = [card(shifted(-1.0), subject="classical/median"), card(CHAMPION, subject="classical/bilateral")]
    assert Gain()(network, None).passed, "it beats its input"
    verdict = Gain(margin=0.05)(network, None, baselines=others)
    assert not verdict.passed
    assert verdict.reason == (
        "noise (metrics/psnr): -4.400 dB, 95 % interval [-4.400, -4.400], 8 images, against the baseline "
        "classical/bilateral (there is no champion yet); the lower end is not above the margin of 0.05 dB"
    )
    assert verdict.figures["mean"] == pytest.approx(-4.4)
    assert verdict.figures["others"][0]["mean"] > 10


def test_a_first_model_must_beat_the_best_baseline_by_the_margin_and_its_input_by_its_own() -> None:
    ours = card(shifted(GAINS), degraded=[20.0] * 8)
    worse, best = card(shifted(-3.0), subject="worse"), card(CHAMPION, subject="best")
    passed = Gain(margin=0.2)(ours, None, baselines=[worse, best])
    assert passed.passed
    assert "against the baseline best" in passed.reason and "against its input" in passed.reason
    assert not Gain(margin=0.31)(ours, None, baselines=[worse, best]).passed
    assert not Gain()(card(CHAMPION, degraded=[20.0] * 8), None, baselines=[best]).passed, "a tie is no gain"
    close_to_input = card(shifted(GAINS), degraded=CHAMPION)
    refused = Gain(margin_over_input=0.5)(close_to_input, None, baselines=[worse])
    assert not refused.passed
    assert "against its input" in refused.reason and "baseline" not in refused.reason


def test_where_the_input_cannot_be_scored_the_baseline_is_the_only_rival() -> None:
    bicubic = card(CHAMPION, subject="classical/bicubic")
    assert Gain()(card(shifted(GAINS)), None, baselines=[bicubic]).passed
    assert not Gain()(card(shifted(-0.1)), None, baselines=[bicubic]).passed


def test_where_less_is_better_the_lowest_baseline_is_the_best() -> None:
    def distances(*figures: float) -> Scorecard:
        made = card(list(figures))
        result = made.results["noise"]
        flipped = result.scores["metrics/psnr"].model_copy(update={"higher_is_better": False, "unit": ""})
        return made.model_copy(
            update={"results": {"noise": result.model_copy(update={"scores": {"metrics/psnr": flipped}})}}
        )

    ours, near, far = distances(0.2, 0.21, 0.19), distances(0.1, 0.11, 0.09), distances(0.3, 0.31, 0.29)
    assert Gain()(ours, None, baselines=[far]).passed
    assert not Gain()(ours, None, baselines=[far, near]).passed


def test_against_a_champion_baselines_decide_nothing() -> None:
    said = Gain()(card(shifted(GAINS)), card(CHAMPION), baselines=[card(shifted(9.0), subject="better")])
    assert said == Gain()(card(shifted(GAINS)), card(CHAMPION))


def test_baselines_that_were_asked_something_else_are_no_proof() -> None:
    other = card(shifted(-9.0), digest="other", subject="elsewhere")
    said = Gain()(card(CHAMPION, degraded=[20.0] * 8), None, baselines=[other])
    assert not said.passed
    assert "no baseline has metrics/psnr on noise and the same data (elsewhere)" in said.reason


def test_baselines_are_handed_only_to_gates_that_name_them() -> None:
    def plain(challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        return Verdict(passed=True, reason="plain")

    def curious(challenger: Scorecard, champion: Scorecard | None, *, baselines: Any = ()) -> Verdict:
        return Verdict(passed=True, reason=", ".join(one.subject for one in baselines))

    def collecting(challenger: Scorecard, champion: Scorecard | None, **more: object) -> Verdict:
        return Verdict(passed=True, reason=str(sorted(more)))

    made = {"bad/plain": plain, "bad/curious": curious, "bad/collecting": collecting}

    class Given(Catalog):
        def resolve(self, entry: Entry) -> Any:
            return lambda: made[entry.id]

    specs = [GateSpec(name=id.partition("/")[2], factory="x:y", summary="") for id in made]
    catalog = Given([Entry(id=f"bad/{s.name}", spec=s, distribution="burnish-bad", version="1") for s in specs])
    baselines = [card(CHAMPION, subject="a"), card(CHAMPION, subject="b")]
    said = judge([Choice(id=id) for id in made], card(CHAMPION), None, baselines=baselines, catalog=catalog)
    assert [one.verdict.reason for one in said] == ["plain", "a, b", "[]"]


def test_the_named_benchmark_and_metric_decide() -> None:
    def both(psnr: list[float], ssim: float) -> Scorecard:
        return card({"a": {"metrics/psnr": CHAMPION}, "b": {"metrics/psnr": psnr, "metrics/ssim": [ssim, ssim + 0.01]}})

    ours, theirs = both(shifted(GAINS), 0.9), both(CHAMPION, 0.95)
    assert Gain(benchmark="b")(ours, theirs).passed
    assert not Gain()(ours, theirs).passed
    assert not Gain(benchmark="b", metric="ssim")(ours, theirs).passed
    assert Gain(benchmark="b", metric="ssim")(theirs, ours).passed


@pytest.mark.parametrize("gate", [Gain(), NoRegression()])
def test_what_cannot_be_compared_has_not_passed(gate: Gate) -> None:
    better = shifted(1.0)
    other_data = gate(card(better, digest="x"), card(CHAMPION))
    assert not other_data.passed
    assert "cannot be compared" in other_data.reason
    missing = gate(card(better), card({"other": {"metrics/psnr": CHAMPION}}))
    assert not missing.passed
    assert "was not scored on" in missing.reason
    assert not gate(card({}), card({})).passed
    fewer = gate(card(better), card(CHAMPION[:3]))
    assert not fewer.passed
    assert "different images" in fewer.reason
    metric = gate(card({"a": {"metrics/psnr": better}}), card({"a": {"metrics/ssim": CHAMPION}}))
    assert not metric.passed
    assert "has no metrics/psnr" in metric.reason


def test_a_drop_within_tolerance_is_no_regression_and_one_beyond_it_is() -> None:
    assert NoRegression()(card(shifted(-0.09)), card(CHAMPION)).passed
    verdict = NoRegression()(card(shifted(-0.12)), card(CHAMPION))
    assert not verdict.passed
    assert verdict.reason == "noise (metrics/psnr) fell by 0.120 dB, more than 0.100 dB"
    assert NoRegression(tolerance=0.2)(card(shifted(-0.12)), card(CHAMPION)).passed


def test_every_benchmark_and_every_metric_counts() -> None:
    def of(psnr: float, ssim: float) -> Scorecard:
        return card({"a": {"metrics/psnr": CHAMPION}, "b": {"metrics/psnr": [psnr] * 2, "metrics/ssim": [ssim] * 2}})

    assert NoRegression()(of(31.0, 0.899), of(30.0, 0.9)).passed
    verdict = NoRegression()(of(31.0, 0.897), of(30.0, 0.9))
    assert not verdict.passed
    assert "b (metrics/ssim) fell by 0.0030, more than 0.0020" in verdict.reason
    assert NoRegression(tolerance_other=0.005)(of(31.0, 0.897), of(30.0, 0.9)).passed


def test_one_image_that_falls_far_is_a_regression_where_that_is_asked() -> None:
    ours = shifted([1.0] * 7 + [-0.8])
    assert NoRegression()(card(ours), card(CHAMPION)).passed
    verdict = NoRegression(image_tolerance=0.5)(card(ours), card(CHAMPION))
    assert not verdict.passed
    assert "7.png of noise (metrics/psnr) fell by 0.800 dB" in verdict.reason


def test_losing_an_exact_image_is_a_regression() -> None:
    assert not NoRegression()(card([60.0, 60.0]), card([math.inf, 50.0])).passed
    assert NoRegression()(card([math.inf, 50.0]), card([math.inf, 50.0])).passed


def test_there_is_nothing_to_fall_behind_without_a_champion() -> None:
    assert NoRegression()(card(CHAMPION), None).passed
    assert CostGate()(card(CHAMPION), None).passed


def test_cost_is_bounded_by_the_champions_time() -> None:
    champion = card(CHAMPION, seconds_per_megapixel=0.2)
    assert CostGate(factor=2.0)(card(CHAMPION, seconds_per_megapixel=0.39), champion).passed
    verdict = CostGate(factor=2.0)(card(CHAMPION, seconds_per_megapixel=0.5), champion)
    assert not verdict.passed
    assert verdict.reason == "0.5 s per megapixel is 2.50 times the champion's, above 2"
    assert CostGate(factor=None)(card(CHAMPION, seconds_per_megapixel=50.0), champion).passed


@pytest.mark.parametrize("bound", ["seconds_per_megapixel", "peak_memory_mb", "parameters"])
def test_cost_is_bounded_absolutely(bound: str) -> None:
    ours = card(CHAMPION, seconds_per_megapixel=10.0, peak_memory_mb=10.0, parameters=10)
    assert CostGate(**{bound: 10})(ours, None).passed
    verdict = CostGate(**{bound: 9})(ours, None)
    assert not verdict.passed
    assert "10 is above 9" in verdict.reason


def test_times_that_were_not_measured_or_on_another_device_do_not_pass() -> None:
    assert not CostGate()(card(CHAMPION, seconds_per_megapixel=0.0), None).passed
    assert not CostGate()(card(CHAMPION), card(CHAMPION, seconds_per_megapixel=math.nan)).passed
    elsewhere = CostGate()(card(CHAMPION), card(CHAMPION, device="cuda:0"))
    assert not elsewhere.passed
    assert "cannot be compared" in elsewhere.reason


def test_the_gates_are_declared_and_judged_by_id() -> None:
    choices = [
        Choice(id="burnish/gain", config={"margin": 0.2}),
        Choice(id="no-regression"),
        Choice(id="cost", config={"parameters": 5}),
    ]
    said = judge(choices, card(shifted(GAINS), parameters=9), card(CHAMPION))
    assert [one.verdict.passed for one in said] == [True, True, False]
    assert said[0].as_json()["gate"] == "burnish/gain"
    assert said[0].as_json()["passed"] is True


def test_a_gate_that_is_missing_misconfigured_or_broken_has_not_passed() -> None:
    def raising(**_: Any) -> Callable[..., Verdict]:
        def gate(challenger: Scorecard, champion: Scorecard | None) -> Verdict:
            raise ZeroDivisionError("oops")

        return gate

    class Broken(Catalog):
        def resolve(self, entry: Entry) -> Any:
            return raising if entry.id == "bad/raises" else (lambda: lambda *_: "yes")

    specs = [GateSpec(name=name, factory="x:y", summary="") for name in ("raises", "yes")]
    broken = Broken([Entry(id=f"bad/{s.name}", spec=s, distribution="burnish-bad", version="1") for s in specs])
    said = judge([Choice(id="raises"), Choice(id="yes"), Choice(id="absent")], card(CHAMPION), None, catalog=broken)
    assert [one.verdict.passed for one in said] == [False, False, False]
    assert "ZeroDivisionError: oops" in said[0].verdict.reason
    assert "returned str" in said[1].verdict.reason
    assert "absent" in said[2].verdict.reason
    wrong = judge([Choice(id="burnish/gain", config={"margn": 1})], card(CHAMPION), None, catalog=installed())
    assert not wrong[0].verdict.passed
    assert "did you mean margin?" in wrong[0].verdict.reason
