"""Fresh weights and figures that are no numbers are told from trained ones."""

from __future__ import annotations

import pytest
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.restorer.bundle import Bundle
from burnish_flows.registry import soundness
from burnish_flows.registry.store import Registry


def _bundle(**training: object) -> Bundle:
    return Bundle(restorer="x/y", distribution="d", version="1", training=training, weights_sha256="a" * 64)


def _card(mean: float) -> Scorecard:
    scores = MetricScores(version=1, protocol={}, per_image={"a.png": mean}, mean=mean)
    result = BenchmarkResult(
        benchmark="noise", digest="d", degrader="x/y", data_hash="h", scores={"metrics/psnr": scores},
        seconds_per_megapixel=1.0, device="cpu", precision="fp32",
    )  # fmt: skip
    return Scorecard(subject="s", restorer="x/y", results={"noise": result}, cost=Cost(seconds_per_megapixel=1.0))


@pytest.mark.parametrize(
    ("training", "sound"),
    [
        ({"steps": 100, "best_step": 80}, True),
        ({"steps": 100, "best_step": -1}, True),
        ({}, True),
        ({"steps": 0}, False),
        ({"steps": 100, "best_step": 0}, False),
        ({"steps": 0, "facts": {"initial": "b" * 64}}, True),
    ],
    ids=["trained", "never validated", "not told", "no steps", "diverged at once", "no steps from trained weights"],
)
def test_weights_of_step_0_are_a_fault_unless_they_were_trained_before(
    training: dict[str, object], sound: bool
) -> None:
    assert (soundness.of_bundle(_bundle(**training), None) == "") == sound


def test_a_mean_that_is_no_number_is_a_fault_and_a_perfect_one_is_not() -> None:
    said = soundness.of_bundle(_bundle(steps=9), _card(float("nan")))
    assert said == "its metrics/psnr on noise is not a number"
    assert soundness.of_bundle(_bundle(steps=9), _card(float("inf"))) == ""


def test_an_old_version_without_the_tag_is_judged_by_the_steps_of_its_run(registry: Registry) -> None:
    client = registry.client
    runs = {steps: client.create_run(client.create_experiment(f"e{steps}")).info.run_id for steps in (0, 50)}
    for steps, run in runs.items():
        client.log_metric(run, "training/steps", steps)
        registry.create_version("denoise", source="file:///n", run_id=run, model_id="", tags={}, card="")
    faults = [soundness.fault(registry, version) for version in registry.versions("denoise").values()]
    assert faults == ["it was never trained: 0 steps", ""]


def test_a_version_whose_run_was_removed_for_good_has_no_known_fault(registry: Registry) -> None:
    for run in ("", "0" * 32):
        registry.create_version("denoise", source="file:///n", run_id=run, model_id="", tags={}, card="")
    assert [soundness.fault(registry, version) for version in registry.versions("denoise").values()] == ["", ""]
