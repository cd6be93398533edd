"""The scores of restorers on the recipe's benchmarks.

Scores are stored under their inputs (weights, benchmark, code, device), and computed once. They are measured in one of
three ways:

- ``alone``: one picture after another, without other work in this process: seconds and memory are the restorer's;
- ``beside``: in parallel with others: the scores are the same, seconds and memory are meaningless;
- ``timed``: in parallel, and then the first pictures again alone, for seconds and memory.

They are never mixed: a gate compares only figures that were measured in the same way.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from burnish.errors import BundleError, RegistryError
from burnish.fingerprint.code import SCORING, code
from burnish.io import scratch

from burnish_flows.registry.locate import fetch_bundle
from burnish_flows.registry.store import FilesGoneError, Registry
from burnish_flows.retrain.fingerprint import participants
from burnish_flows.retrain.snapshot import Run

if TYPE_CHECKING:
    from burnish.evaluation.benchmarks.benchmark import Benchmark
    from burnish.evaluation.scorecard import BenchmarkResult, Scorecard
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog
    from burnish.restorer.options import RestoreOptions

Way = Literal["alone", "beside", "timed"]
"""How an answer was measured."""

TIMED = 3
"""Number of pictures that are timed alone after a parallel evaluation."""

FORMAT = 1
"""Incremented when the stored format changes."""


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A scorecard, and the pictures that it was computed on."""

    card: Scorecard
    pictures: Mapping[str, Path]
    """Benchmark → folder with ``degraded/``, ``estimate/`` and ``target/``."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """All scorecards of a run."""

    challenger: Scored | None
    """None when it could not be evaluated."""
    failure: str = ""
    """Why not."""
    champion: Scored | None = None
    """None when there is none yet."""
    champion_version: str = ""
    stand_in: str = ""
    """Version in the champion's place if there is no champion; empty: none."""
    baselines: Mapping[str, Scored] = field(default_factory=dict)
    """Label → scores, in the recipe's order; where it names none, those that were chosen, the best first."""

    @property
    def rival(self) -> str:
        """The name of ``champion``: ``champion v3``, or without a champion ``stand-in v3``."""
        return f"stand-in v{self.stand_in}" if self.stand_in else f"champion v{self.champion_version}"


def score_version(run: Run, registry: Registry, number: str, way: Way = "alone") -> Scored | None:
    """Score a registered version, for example the champion; None if ``number`` is empty."""
    from burnish.inference import load_bundle

    if not number:
        return None
    folder = bundle_of(run, registry, number)
    return score(run, load_bundle(folder), subject=f"{run.model} v{number}", way=way)


def score_champion(run: Run, registry: Registry, number: str, way: Way) -> Scored | None:
    """Score the version that is or was champion.

    Raises:
        RegistryError: It is champion, and its files are gone or damaged; says how to get another one.
    """
    with telling_of_champion(run, registry, number):
        return score_version(run, registry, number, way)


@contextmanager
def telling_of_champion(run: Run, registry: Registry, number: str) -> Iterator[None]:
    """If the champion's files are gone or damaged, raise an error that names the fix: nothing can be promoted."""
    try:
        yield
    except (FilesGoneError, BundleError) as error:
        if number != registry.champion(run.model):
            raise
        mend = f"bring its files back, or make another version champion: burnish rollback {run.model}"
        raise RegistryError(f"{error}; it is champion: {mend}") from error


def bundle_of(run: Run, registry: Registry, number: str) -> Path:
    """The folder of a version's bundle, fetched."""
    return fetch_bundle(registry.version(run.model, number), registry.uri, run.home.cache / "models")


def score(run: Run, loaded: Restorer, *, subject: str, way: Way = "alone") -> Scored:
    """Score one restorer on the recipe's benchmarks; stored scores are not computed again."""
    from burnish.evaluation import assemble
    from burnish.evaluation.lineage import lineage
    from burnish.plugins.catalog import installed

    catalog = installed()
    benchmarks = questions(run)
    made_by = _scoring_code(run, loaded, catalog)
    answers = [_answer(run, loaded, benchmark, made_by, way) for benchmark in benchmarks]
    return Scored(
        card=assemble(
            loaded, [result for result, _ in answers], subject=subject, lineage=lineage(loaded, benchmarks, catalog)
        ),
        pictures={result.benchmark: pictures for result, pictures in answers},
    )


def questions(run: Run) -> list[Benchmark]:
    """The recipe's benchmarks on the project's data, in the colours of its restorer: all are asked the same."""
    from burnish.evaluation import Benchmark
    from burnish.plugins.catalog import installed
    from burnish.training.plan import channels_of

    data, catalog = run.project / run.recipe.data.root, installed()
    asked = [Benchmark.from_settings(settings, data, catalog) for settings in run.recipe.benchmarks]
    if not any(one.rgb_degrader_config for one in asked):
        return asked
    channels = channels_of(run.recipe, run.project, catalog)
    return [one.for_channels(channels) for one in asked]


def prepare_answer(run: Run, loaded: Restorer, name: str) -> None:
    """Compute and store the scores on one benchmark in parallel with others, unless they are stored already."""
    from burnish.plugins.catalog import installed

    catalog = installed()
    for benchmark in questions(run):
        if benchmark.name == name:
            _answer(run, loaded, benchmark, _scoring_code(run, loaded, catalog), "beside")


def _scoring_code(run: Run, loaded: Restorer, catalog: Catalog) -> str:
    return code([*participants(run.recipe, catalog), catalog.get("restorers", loaded.id)], SCORING).digest()


def best(scored: Mapping[str, Scored], benchmark: str) -> str:
    """Label of the best one on the benchmark's first metric; empty if there is none."""
    leads: dict[str, float] = {}
    for label, one in scored.items():
        if benchmark in one.card.results:
            scores = next(iter(one.card.results[benchmark].scores.values()))
            leads[label] = scores.mean if scores.higher_is_better else -scores.mean
    return max(leads, key=lambda label: leads[label]) if leads else ""


def _answer(run: Run, loaded: Restorer, benchmark: Benchmark, made_by: str, way: Way) -> tuple[BenchmarkResult, Path]:
    from burnish.evaluation.scorecard import BenchmarkResult

    folder = run.home.cache / "scores" / _key(run, loaded, benchmark, made_by, way)
    kept, pictures = folder / "result.json", folder / "pictures"
    if kept.is_file():
        result = BenchmarkResult.model_validate_json(kept.read_text(encoding="utf-8"))
        return result.model_copy(update={"benchmark": benchmark.name}), pictures
    folder.parent.mkdir(parents=True, exist_ok=True)
    with scratch.folder_beside(folder) as fresh:
        result = _computed(run, loaded, benchmark, made_by, way, fresh / "pictures")
        (fresh / "result.json").write_text(result.model_dump_json(indent=2), encoding="utf-8")
        if not folder.exists():
            fresh.replace(folder)
    return result, pictures


def _computed(
    run: Run, loaded: Restorer, benchmark: Benchmark, made_by: str, way: Way, pictures: Path
) -> BenchmarkResult:
    from burnish import evaluation

    if way != "timed":
        return evaluation.evaluate(loaded, benchmark, _options(run, loaded), quiet=run.quiet, pictures=pictures)
    result, there = _answer(run, loaded, benchmark, made_by, "beside")
    shutil.copytree(there, pictures)
    alone = evaluation.evaluate(loaded, benchmark, _options(run, loaded), quiet=True, first=TIMED)
    measured = ("timings", "seconds_per_megapixel", "peak_memory_mb")
    return result.model_copy(update={name: getattr(alone, name) for name in measured})


def _options(run: Run, loaded: Restorer) -> RestoreOptions:
    """With the recipe's engine, for a network whose weights are fixed; others are computed as they are."""
    import torch
    from burnish.restorer.options import RestoreOptions

    fixed = isinstance(loaded.restorer, torch.nn.Module) and loaded.bundle is not None and loaded.spec.deterministic
    return RestoreOptions(engine=run.recipe.engine if run.recipe.engine and fixed else "auto")


def _intervals(loaded: Restorer) -> list[str]:
    """The hash of its calibrated intervals; nothing where there are none."""
    from burnish.data.hashing import file_hash
    from burnish.uncertainty.calibration import FILE

    file = loaded.folder / FILE if loaded.folder is not None else None
    return [file_hash(file)] if file is not None and file.is_file() else []


def _key(run: Run, loaded: Restorer, benchmark: Benchmark, made_by: str, way: Way) -> str:
    import torch

    engine = _options(run, loaded).engine

    parts: Sequence[object] = (
        FORMAT,
        loaded.id,
        dict(loaded.config),
        loaded.content,
        benchmark.digest(),
        made_by,
        str(loaded.device),
        torch.get_num_threads(),
        *(() if way == "alone" else (way,)),
        *(() if engine == "auto" else (engine,)),
        *_intervals(loaded),
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:40]
