"""The public face, name by name: what is added or taken away here is a decision, told in the changelog."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import burnish
import pytest

FACE = {
    "burnish": (
        "BenchmarkSpec BurnishError CommandSpec DegraderSpec FormatSpec GateSpec LearnerSpec MetricSpec Picture "
        "RestoreOptions Restorer RestorerSpec __version__ calibrate degrade diagnose evaluate explain export hookimpl "
        "interval load read restore train write"
    ),
    "burnish.cli": "Command Parser add_shared duration natural",
    "burnish.conformance": "Check Finding check checks conform",
    "burnish.console": "answer line redact say tell",
    "burnish.errors": (
        "BundleError BurnishError ConfigError DataError EvaluationError ImagingError PluginError RegistryError "
        "RestorationError TrainingError UnknownIdError UsageError"
    ),
    "burnish.evaluation": (
        "Benchmark BenchmarkResult Comparison Cost MetricScores Scorecard assemble compare compare_scores "
        "data_hash evaluate scorecard"
    ),
    "burnish.events": (
        "EpochEnded Event ModelEvaluated ModelRegistered PromotionDecided RunFailed TrainingEnded TrainingProgressed "
        "TrainingStarted"
    ),
    "burnish.inference": (
        "Reading Restoration Restored Restorer choose_device in_light into_light load_bundle load_named load_restorer "
        "locate_model prepare_engine read_kernel restore restore_clip restore_detailed restore_files restore_picture"
    ),
    "burnish.installation.finding": "Finding",
    "burnish.io": (
        "MAX_PIXELS Metadata Picture check_size from_tensor is_picture list_clips list_frames list_pictures "
        "pixel_limit read_clean read_picture refuse_same suffixes to_tensor transfer_of upright write_picture "
        "write_whole"
    ),
    "burnish.ops.alignment": "align resized warp",
    "burnish.ops.bands": "BANDS REACH bands",
    "burnish.ops.enlarging": "BicubicSkip",
    "burnish.ops.filling": "filled",
    "burnish.ops.invalid": "invalid_pixels is_nodata put_back",
    "burnish.ops.luma": "grey_levels luma studio_levels",
    "burnish.ops.measures.blur_kind": "Blur blur_kind",
    "burnish.ops.noise": "NoiseModel",
    "burnish.ops.padding": "crop_back pad_to_fit",
    "burnish.ops.receptive_field": "receptive_field",
    "burnish.ops.resampling": "Quantise cubic resize resize_adjoint resized_length taps",
    "burnish.ops.saturation": "saturated_pixels",
    "burnish.ops.transfer": "LINEAR S_RGB Transfer transfer_named",
    "burnish.plugins": "Catalog Entry installed undoes",
    "burnish.protocols": "Degrader FormatLike Gate LinearOperator Metric Observation RestorerLike Verdict",
    "burnish.reporting": "Panel Strip write_report write_strip",
    "burnish.restorer.checkpoint": "read_checkpoint",
    "burnish.restorer.notes": "doubt note",
    "burnish.training": (
        "Batch Clock SupervisedLearner TrainingFolders TrainingOptions TrainingResult TrainingSettings "
        "charbonnier generator mean train"
    ),
}
ROOT = Path(burnish.__file__).parents[2]
PLUGIN_FILES = sorted(path for path in ROOT.glob("plugins/burnish-*/burnish_*/**/*.py"))


def shown(module: str) -> list[str]:
    """The names that a module shows: its ``__all__``, else what is defined in it without a leading underscore."""
    found = importlib.import_module(module)
    if hasattr(found, "__all__"):
        return sorted(found.__all__)
    return sorted(
        name for name, value in vars(found).items() if name[0] != "_" and getattr(value, "__module__", "") == module
    )


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of everything that a file takes from the host, type-only imports included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "burnish":
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.partition(".")[0] == "burnish")


@pytest.mark.parametrize("module", FACE)
def test_a_module_shows_exactly_its_public_names(module: str) -> None:
    assert shown(module) == FACE[module].split()


def test_every_public_name_has_a_docstring() -> None:
    for module, names in FACE.items():
        for name in names.split():
            found = getattr(importlib.import_module(module), name)
            assert found.__doc__ or not (inspect.isclass(found) or inspect.isroutine(found)), f"{module}.{name}"


def test_a_plugin_imports_public_names_of_the_host_and_nothing_else_of_it() -> None:
    assert len(PLUGIN_FILES) > 100
    private = [
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in PLUGIN_FILES
        for module, name in imports(path)
        if f"{module}.{name}" not in FACE and name not in FACE.get(module, "").split()
    ]
    assert private == []


def test_the_manual_shows_the_public_names_of_every_module() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    for module, names in FACE.items():
        row = f"| `{module}` | {', '.join(f'`{name}`' for name in names.split())} |"
        assert row in page, f"write it into docs/plugins.md: {row}"
