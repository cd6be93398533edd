"""A benchmark is a declared one or is said in parts; what contradicts itself is refused with what to remove."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish.errors import UsageError
from burnish.evaluation.benchmarks.benchmark_choice import choose_benchmark
from burnish.plugins.catalog import installed

NOISE = "degradations/gaussian-noise"

pytest.importorskip("burnish_degradations")


@pytest.mark.parametrize(
    ("declared", "parts", "fact"),
    [
        ("", {}, "give one of --benchmark, --degrader, --degraded and --shots"),
        ("", {"degrader": NOISE, "degraded": "seen"}, "give one of --benchmark, --degrader, --degraded and --shots"),
        ("set5", {"seed": 3}, "--benchmark already fixes --seed; remove one of the two"),
        ("", {"degraded": "seen", "seed": 3}, "--degraded does not use --seed; remove it"),
        (
            "",
            {"degraded": "seen", "seed": 3, "degrader_settings": {"sigma": 0.1}},
            "--degraded does not use --degrader_settings or --seed; remove them",
        ),
        (
            "",
            {"degrader": NOISE, "sigma": 0.1, "kernels": "k.npy"},
            "--kernels and --sigma can only be used with --degraded, because a degrader gives them itself; remove them",
        ),
        ("", {"shots": "scenes", "kernels": "k.npy"}, "--kernels can only be used with --degraded; remove it"),
        ("", {"shots": "scenes", "noise": {"gain": -1}}, "--noise: gain"),
        (
            "",
            {"degrader": NOISE, "strength": 1},
            "--strength is not a setting of a benchmark; the settings are --degrader",
        ),
    ],
)
def test_parts_that_contradict_each_other_are_refused(declared: str, parts: dict[str, object], fact: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose_benchmark(
            Path("clean"), declared, parts, catalog=installed(), spelled="--{}".format  # type: ignore[arg-type]
        )  # fmt: skip
    assert str(caught.value).startswith(fact)


def test_a_degrader_with_its_settings_makes_a_benchmark_of_that_name() -> None:
    made = choose_benchmark(
        Path("clean"),
        "",
        {"degrader": "gaussian-noise", "degrader_settings": {"sigma": 0.1}, "metrics": ["psnr", "psnr"], "seed": 7},
        catalog=installed(),
    )
    assert (made.name, made.metrics, made.seed) == (NOISE, ("metrics/psnr",), 7)
    assert dict(made.degrader_config) == {"sigma": 0.1}
