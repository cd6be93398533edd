"""Scores (restorer × benchmark) computed in parallel, by the tasks of a runner with several workers.

Nothing is judged here. Each task computes one result and stores it where the evaluate stage looks first. If a task
fails, that stage computes the result itself and reports why it fails.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TypedDict

from burnish.console.redaction import clean_errors
from prefect import task  # noqa: TID253
from prefect.cache_policies import NO_CACHE  # noqa: TID253

from burnish_flows import runners
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.scoring.baselines import choices
from burnish_flows.retrain.scoring.scores import bundle_of, prepare_answer, questions, telling_of_champion
from burnish_flows.retrain.snapshot import Run
from burnish_flows.runners import Runner

_drawing = threading.Lock()
"""The threads of a process share its random state, so those that use it run one after another."""


class Subject(TypedDict, total=False):
    """A restorer to score, as plain values: a bundle's folder, or an id with settings."""

    bundle: str
    id: str
    config: dict[str, object]


def answer_all(run: Run, registry: Registry, bundle: Path, runner: Runner) -> list[str]:
    """Score every restorer on every benchmark.

    Args:
        run: Its project must lie where all workers find it.
        registry: Knows the champion.
        bundle: The challenger's.
        runner: Who does it.

    Returns:
        What failed, a line each; the evaluate stage will meet it again and treat it as it deserves.
    """
    import torch

    # Unset fields stay unset: a recipe's benchmark takes them from the declared one.
    plain, threads = run.model_dump(mode="json", exclude_unset=True), torch.get_num_threads()
    calls = [
        (plain, subject, benchmark.name, threads)
        for subject in subjects(run, registry, bundle)
        for benchmark in questions(run)
    ]
    landed = runners.each(answer, calls, runner)
    return [f"{calls[one.index][1]}: {one.error}" for one in landed if one.error is not None]


def subjects(run: Run, registry: Registry, bundle: Path) -> Iterator[Subject]:
    """The restorers to score: challenger, champion, baselines."""
    yield {"bundle": str(bundle)}
    number = registry.champion(run.model)
    if number:
        with telling_of_champion(run, registry, number):
            champion = bundle_of(run, registry, number)
        yield {"bundle": str(champion)}
    for choice in choices(run):
        yield {"id": choice.id, "config": choice.config}


@task(name="answer", cache_policy=NO_CACHE)
@clean_errors()
def answer(run: dict[str, object], subject: Subject, benchmark: str, threads: int) -> None:
    """Score one restorer on one benchmark, with the caller's number of threads."""
    import torch
    from burnish.inference import load_bundle, load_restorer

    torch.set_num_threads(threads)
    loaded = (
        load_bundle(Path(subject["bundle"])) if "bundle" in subject else load_restorer(subject["id"], subject["config"])
    )
    with nullcontext() if loaded.spec.deterministic else _drawing:
        prepare_answer(Run.model_validate({**run, "quiet": True}), loaded, benchmark)
