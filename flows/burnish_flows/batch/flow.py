"""The flow that restores a folder: a runner's tasks restore its pictures in chunks; finished pictures are kept.

A picture that cannot be restored fails alone. A worker that dies (killed, out of memory, a crash in a library) costs
the pictures under way: they are restored again, each by itself in the end, so that the one to blame is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from burnish.console import progress
from burnish.console.redaction import clean_errors
from burnish.errors import BurnishError, DataError, UsageError
from prefect import flow, task  # noqa: TID253
from prefect.cache_policies import NO_CACHE  # noqa: TID253

from burnish_flows import runners
from burnish_flows.batch.job import BatchJob, Outcome, restore_one, settled
from burnish_flows.batch.journal import BatchLedger, Journal, Piece
from burnish_flows.retrain.tracking.interrupted import cancellable, goes_on
from burnish_flows.runners import Runner

if TYPE_CHECKING:
    from burnish.inference import Restorer

RETRIES = 2
"""Retries for a failure outside the pictures of a chunk; finished pictures are not restored again."""
DELAYS: list[float] = [1, 5]
"""Seconds before each retry."""
CHUNK = 16
"""Most pictures per task: some seconds of work, so progress is visible and little is lost."""


class BatchPicture(TypedDict):
    """The outcome of one picture, clip or burst."""

    source: str
    target: str | None
    """None if it failed."""
    kept: bool
    """Whether it was already done before."""
    seconds: float
    megapixels: float
    error: str | None
    notes: list[str]


class BatchSummary(TypedDict):
    """Restored pictures, kept pictures, failures and their reasons, as JSON values."""

    subject: str
    restorer: object
    distribution: object
    config: object
    weights_sha256: object
    digest: str
    threads: int
    restored: int
    kept: int
    failed: int
    redone: bool
    pictures: list[BatchPicture]


def _run_name() -> str:
    """``photographs -> restored``; of several inputs the first and how many more there are."""
    from prefect.runtime import flow_run

    known = flow_run.parameters
    return f"{shortly(known['sources'])} -> {known['target']}"


def shortly(names: Sequence[str]) -> str:
    """The first, and how many more."""
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")


@flow(name="batch", flow_run_name=_run_name, validate_parameters=False)
@cancellable
@clean_errors()
def batch(
    job: dict[str, object], sources: list[str], target: str, runner: str = "", chunk: int = 0, quiet: bool = False
) -> BatchSummary:
    """Restore a folder into a folder of the same structure, or several inputs each to its own name in that folder.

    Args:
        job: See ``job.Job``; a model must have been resolved to its bundle.
        sources: The folder of pictures, or of folders of frames; or several, or single pictures.
        target: The folder to write.
        runner: See ``runners.configured``.
        chunk: Pictures in a task; 0: a sensible number.
        quiet: No progress.

    Returns:
        ``summary`` of the batch.
    """
    who = runners.configured(runner)
    work, loaded = settled(BatchJob.model_validate(job))
    pieces = pieces_of(loaded, [Path(source) for source in sources], Path(target))
    ledger = BatchLedger(Path(target), work)
    with ledger.opened(), goes_on():
        kept = {piece.name: known for piece in pieces if (known := ledger.kept(piece))}
        rest = [piece for piece in pieces if piece.name not in kept]
        done = work_off(work, rest, ledger, who, chunk or chunk_for(len(rest), who), quiet=quiet)
    return summary(work, pieces, kept, done, redone=ledger.other)


@task(
    name="restore",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=DELAYS,
    retry_condition_fn=lambda task, run, state: not isinstance(state.result(raise_on_failure=False), BurnishError),
)
@clean_errors()
def restore_chunk(job: dict[str, object], pieces: list[list[str]], journal: str) -> list[dict[str, object]]:
    """Restore some pictures exactly as ``burnish restore`` does, except those that the journal lists as done.

    Args:
        job: See ``job.Job``.
        pieces: Name, source and target of each.
        journal: File that this task alone writes.
    """
    work, kept = BatchJob.model_validate(job), Journal.read(Path(journal))
    for name, source, target in pieces:
        if name not in kept.done:
            kept.begin(name)
            kept.end(restore_one(work, name, Path(source), Path(target)))
    return [kept.done[name].model_dump(mode="json") for name, _, _ in pieces]


def pieces_of(loaded: Restorer, sources: Sequence[Path], target: Path) -> list[Piece]:
    """The inputs to restore, as ``burnish restore`` takes them, but for a single picture, which goes into the folder.

    They are named by their path below a single folder; of several inputs the input's own name comes before it.

    Raises:
        UsageError: ``target`` is no folder, or two would become one file.
        DataError: One is missing, or has no pictures.
    """
    from burnish.inference.files.inputs import input_targets, pairs_of
    from burnish.io.formats.lookup import is_picture

    if target.is_file() or is_picture(target):
        raise UsageError(f"{target}: is not a folder, which a batch writes; for one picture: burnish restore IN OUT")
    mirrored = len(sources) == 1 and not sources[0].is_file()
    pieces = {}
    for source, place in input_targets(loaded, sources, target, into=True):
        for one, other in pairs_of(loaded, source, place):
            inside = one.relative_to(source)
            name = (inside if mirrored else Path(source.resolve().name, inside)).as_posix()
            pieces[name] = Piece(name=name, source=str(one.absolute()), target=str(other.absolute()))
    return list(pieces.values())


def chunk_for(pictures: int, runner: Runner) -> int:
    """The size of a chunk: about eight chunks for each worker, so that all workers finish at about the same time."""
    return max(1, min(CHUNK, pictures // (8 * (runner.workers or CHUNK))))


def work_off(
    job: BatchJob, pieces: Sequence[Piece], ledger: BatchLedger, runner: Runner, chunk: int, *, quiet: bool
) -> dict[str, Outcome]:
    """Restore all pieces; name → outcome.

    Raises:
        BurnishError: No worker can load the restorer.
        DataError: Workers die before they begin with a picture.
    """
    coming = _outcomes(job, pieces, ledger, runner, chunk)
    shown = progress.track(coming, description=f"Restoring with {job.subject}", total=len(pieces), quiet=quiet)
    return {outcome.name: outcome for outcome in shown}


def _outcomes(
    job: BatchJob, pieces: Sequence[Piece], ledger: BatchLedger, runner: Runner, chunk: int
) -> Iterator[Outcome]:
    """Yield outcomes as they come, in rounds.

    Pieces in progress when a worker died are retried last, each alone. A piece has failed if its worker dies again.
    """
    rest = {piece.name: piece for piece in pieces}
    suspects: set[str] = set()
    while rest:
        healthy = [piece for name, piece in rest.items() if name not in suspects]
        tried = healthy or [next(iter(rest.values()))]
        begun: set[str] = set()
        why = ""
        for said in _round(job, tried, ledger, runner, chunk):
            for outcome in said.outcomes:
                del rest[outcome.name]
                yield outcome
            begun, why = begun | said.begun, said.why or why
        lost = {piece.name for piece in tried} & rest.keys()
        if lost and not healthy:
            piece = rest.pop(tried[0].name)
            yield Outcome(name=piece.name, error=f"{piece.source}: every worker that restores it dies ({why})")
        elif lost and not lost & begun:
            raise DataError(f"the workers of {runner} end before they start: {why}")
        suspects |= lost & begun


@dataclass(frozen=True, kw_only=True)
class _ChunkResult:
    """The known outcomes of a chunk, however its task ended."""

    outcomes: list[Outcome]
    begun: set[str]
    why: str
    """The runner's message if the worker died."""


def _round(
    job: BatchJob, pieces: Sequence[Piece], ledger: BatchLedger, runner: Runner, chunk: int
) -> Iterator[_ChunkResult]:
    """Try every piece once; if a worker died, the outcomes of its chunk come from the journal."""
    plain = job.model_dump(mode="json")
    chunks = [pieces[at : at + chunk] for at in range(0, len(pieces), chunk)]
    journals = [ledger.journal() for _ in chunks]
    calls = [
        (plain, [[piece.name, piece.source, piece.target] for piece in some], str(journal))
        for some, journal in zip(chunks, journals, strict=True)
    ]
    for landed in runners.each(restore_chunk, calls, runner):
        if isinstance(landed.error, BurnishError):
            raise landed.error
        kept = Journal.read(journals[landed.index])
        why = f"{type(landed.error).__name__}: {' '.join(str(landed.error).split())}"[:300] if landed.error else ""
        told = [Outcome.model_validate(one) for one in landed.value or []]
        yield _ChunkResult(outcomes=told or list(kept.done.values()), begun=kept.begun, why=why)


def summary(
    job: BatchJob, pieces: Sequence[Piece], kept: Mapping[str, Outcome], done: Mapping[str, Outcome], *, redone: bool
) -> BatchSummary:
    """The batch as JSON values: restored pictures, kept pictures, failures and their reasons."""
    told = {**kept, **done}
    return {
        "subject": job.subject,
        "restorer": job.made_of["restorer"],
        "distribution": job.made_of["distribution"],
        "config": job.made_of["config"],
        "weights_sha256": job.made_of["weights_sha256"],
        "digest": job.digest,
        "threads": job.threads,
        "restored": sum(not outcome.error for outcome in done.values()),
        "kept": len(kept),
        "failed": sum(bool(outcome.error) for outcome in done.values()),
        "redone": redone,
        "pictures": [
            {
                "source": piece.source,
                "target": None if told[piece.name].error else piece.target,
                "kept": piece.name in kept,
                "seconds": round(told[piece.name].seconds, 4),
                "megapixels": told[piece.name].megapixels,
                "error": told[piece.name].error or None,
                "notes": told[piece.name].notes,
            }
            for piece in pieces
        ],
    }
