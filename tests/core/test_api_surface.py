"""The public face, name by name: what is added or taken away here is a decision, told in the changelog."""

from __future__ import annotations

import importlib

import pytest

FACE = {
    "burnish": (
        "BenchmarkSpec BurnishError CommandSpec DegraderSpec GateSpec MetricSpec Picture Restorer RestorerSpec "
        "__version__ degrade evaluate hookimpl load read train write"
    ),
    "burnish.catalog": "Catalog Entry installed undoes",
    "burnish.conformance": "Check Finding check checks conform",
    "burnish.evaluation": (
        "Benchmark BenchmarkResult Comparison Cost MetricScores Panel Scorecard Strip assemble compare compare_scores "
        "data_hash evaluate scorecard write_report write_strip"
    ),
    "burnish.imaging": (
        "MAX_PIXELS Metadata Picture SUFFIXES Transfer from_tensor list_clips list_frames list_pictures luma "
        "read_clean read_picture saturated_pixels to_tensor transfer_named transfer_of upright write_picture"
    ),
    "burnish.inference": (
        "Restoration Restored Restorer choose_device in_light into_light load_bundle load_named load_restorer "
        "locate_model read_kernel restore restore_clip restore_detailed restore_files restore_picture"
    ),
    "burnish.training": "Clock SupervisedLearner TrainingResult charbonnier train",
}


@pytest.mark.parametrize("module", FACE)
def test_a_module_shows_exactly_its_public_names(module: str) -> None:
    assert sorted(importlib.import_module(module).__all__) == FACE[module].split()


def test_every_public_name_has_a_docstring() -> None:
    for module, names in FACE.items():
        for name in names.split():
            found = getattr(importlib.import_module(module), name)
            assert isinstance(found, str | int | tuple | frozenset) or found.__doc__, f"{module}.{name}"
