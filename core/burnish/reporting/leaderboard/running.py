"""Runs all contenders on all benchmarks; each result is kept, so an interrupted run resumes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import cast

from burnish.console.progress import track
from burnish.errors import BurnishError
from burnish.evaluation import Benchmark
from burnish.evaluation.evaluate import evaluate
from burnish.fingerprint.code import SCORING, code, involved
from burnish.inference import Restorer, load_restorer
from burnish.plugins.catalog import Catalog
from burnish.plugins.declarations import BenchmarkSpec
from burnish.plugins.entry import Entry
from burnish.reporting.leaderboard.board import Board, Row
from burnish.reporting.leaderboard.contenders import Contender, contenders
from burnish.reporting.report import write_whole


def pictures_of(benchmark: BenchmarkSpec, data: Path) -> Path | None:
    """The folder of a benchmark's picture set, in ``data`` or a folder in it; None if it is missing."""
    if not benchmark.images:
        return None
    places = (data / benchmark.images, *sorted(data.glob(f"*/{benchmark.images}")))
    return next((folder for folder in places if folder.is_dir()), None)


def run(
    entries: Collection[Entry],
    *,
    data: Path,
    out: Path,
    catalog: Catalog,
    only: Collection[str] = (),
    device: str = "auto",
    quiet: bool = False,
) -> list[Board]:
    """Score every contender; one board for each benchmark.

    A contender that fails gets a row that says why, and the others go on.

    Args:
        entries: The benchmarks.
        data: Folder that holds the published sets by their names.
        out: Folder for the answers (``answers/*.json``), which are used again while nothing that they hang on changed.
        catalog: What is installed.
        only: The restorers to run; empty: all.
        device: As ``load_restorer`` takes it.
        quiet: No progress.
    """
    boards = []
    for entry in entries:
        spec = cast(BenchmarkSpec, entry.spec)
        folder = pictures_of(spec, data)
        rows = list(quoted(spec))
        if folder is not None:
            benchmark = Benchmark.from_spec(entry.id, folder, catalog)
            digest = benchmark.digest(catalog)
            asked = contenders(spec, catalog, only)
            rows += [
                row
                for contender in track(asked, description=entry.id, unit="restorer", quiet=quiet)
                for row in answered(contender, benchmark, digest, out=out, catalog=catalog, device=device)
            ]
        boards.append(Board(benchmark=entry.id, spec=spec, rows=rows, there=folder is not None))
    return boards


def quoted(spec: BenchmarkSpec) -> list[Row]:
    """The published figures as rows."""
    return [Row(name=method, figures=dict(figures), source="quoted") for method, figures in spec.published.items()]


def answered(
    contender: Contender, benchmark: Benchmark, digest: str, *, out: Path, catalog: Catalog, device: str
) -> list[Row]:
    """The rows of one contender: the input, which all contenders share, if it can be scored; then its own.

    ``digest`` is the benchmark's, over all its pictures.
    """
    try:
        loaded = load_restorer(contender.name, contender.config, device=device, catalog=catalog)
        kept = out / "answers" / f"{_key(loaded, benchmark, digest, catalog)}.json"
        if kept.is_file():
            return [Row.model_validate(row) for row in json.loads(kept.read_text(encoding="utf-8"))]
        result = evaluate(loaded, benchmark, catalog=catalog, quiet=True)
    except BurnishError as error:
        return [Row(name=contender.name, source="failed", reason=" ".join(str(error).split()))]
    rows = [
        Row(
            name="input",
            source="run",
            figures={id: scores.mean for id, scores in result.degraded.items()},
            images=len(result.timings),
        ),
        Row(
            name=contender.name,
            source="run",
            figures={id: scores.mean for id, scores in result.scores.items()},
            images=len(result.timings),
            seconds_per_megapixel=result.seconds_per_megapixel,
            peak_memory_mb=result.peak_memory_mb,
            parameters=loaded.parameters,
            device=result.device,
            precision=result.precision,
            version=f"{loaded.distribution} {loaded.version}",
        ),
    ]
    rows = rows if rows[0].figures else rows[1:]
    write_whole(kept, json.dumps([row.as_json() for row in rows], indent=2) + "\n")
    return rows


def _key(loaded: Restorer, benchmark: Benchmark, digest: str, catalog: Catalog) -> str:
    """Hash of everything that a result depends on: weights, settings, benchmark, and all code involved."""
    degrader = cast(str, benchmark.degrader)
    everyone = involved(
        [
            ("restorers", loaded.id, loaded.config),
            ("degraders", degrader, benchmark.degrader_config),
            *(("metrics", metric, {}) for metric in benchmark.metrics),
        ],
        catalog,
    )
    parts = (
        loaded.subject,
        dict(loaded.config),
        loaded.bundle.weights_sha256 if loaded.bundle else "",
        loaded.version,
        digest,
        str(loaded.device),
        code(everyone, SCORING).digest(),
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]
