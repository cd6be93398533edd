"""``burnish batch IN OUT``: restore a folder with several workers, and resume an interrupted batch."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import MASKS, add_conditions, add_option, add_printing, add_restorer, add_running
from burnish.cli.parser import Command, Parser
from burnish.cli.values import positive
from burnish.console.output import answer, say, tell
from burnish.errors import UsageError

from burnish_flows import environment, runners
from burnish_flows.cli.options import add_runner
from burnish_flows.services import embedded_store
from burnish_flows.services.embedded_server import log_of, prefect_server

if TYPE_CHECKING:
    from burnish_flows.batch.flow import BatchSummary
    from burnish_flows.batch.job import BatchJob, MaskFile


PARAMETERS = 500_000
"""Characters of a run's parameters, a little less than a Prefect server takes."""


def _run(arguments: Namespace) -> int:
    """Restore; exit status 1 when a picture failed."""
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    runner = runners.configured(arguments.runner)
    if arguments.model is not None:
        embedded_store.require(environment.tracking_uri())
    environment.create(project)
    result = _flow(arguments, runner)
    for picture in result["pictures"]:
        if picture["error"]:
            tell(f"burnish: {picture['error']}")
    from burnish.inference.files.made import lines

    tell(lines((one["target"], one["notes"]) for one in result["pictures"] if one["target"] is not None))
    if arguments.json:
        answer(result)
    elif not arguments.quiet:
        say(_sentence(result))
    return 1 if result["failed"] else 0


def _parser() -> Parser:
    parser = Parser(
        "batch",
        "Restore all pictures of a folder with the workers of a runner, to the same bytes as `burnish restore`.\n"
        "A second run resumes: it skips complete pictures from the same model and settings.",
        "burnish batch photographs restored --model denoise@champion --runner processes:4",
        "burnish batch monday tuesday extra.png restored --restorer classical/nlm --sigma 0.06",
    )
    told = "folders of pictures, or of folders of frames; pictures and videos"
    add_option(parser, "source", told, metavar="IN", type=Path, nargs="+")
    told = "the folder to write; several IN keep their names there"
    add_option(parser, "target", told, metavar="OUT", type=Path)
    add_restorer(parser)
    add_conditions(parser)
    add_running(parser, "--strength", "--precision", "--tile", "--memory", "--device", "--allow-damaged")
    add_runner(parser)
    add_option(parser, "--chunk", "pictures per task; default: a few", metavar="N", type=positive, default=0)
    told = "threads of each worker; default: as many as `burnish restore` uses here, which gives the same bytes"
    add_option(parser, "--threads", told, metavar="N", type=positive, default=0)
    add_printing(parser, "--json", "--quiet")
    return parser


def _flow(arguments: Namespace, runner: runners.Runner) -> BatchSummary:
    project = environment.find_project(Path.cwd())
    with prefect_server(log_of(project.home)) as server:
        job = _job(arguments)
        if not arguments.quiet and (crowded := _crowded(runner, job.threads)):
            tell(crowded)
        parameters = job.model_dump(mode="json"), [str(source) for source in arguments.source], str(arguments.target)
        _refuse_long(parameters)
        from burnish_flows.batch.flow import batch
        from burnish_flows.retrain.tracking.interrupted import called

        server.wait()
        result: BatchSummary = called(
            batch,
            *parameters,
            runner=str(runner),
            chunk=arguments.chunk,
            quiet=arguments.quiet or arguments.json,
        )
    return result


def _refuse_long(parameters: tuple[object, ...]) -> None:
    """Refuse what no Prefect server takes.

    Raises:
        UsageError: The inputs (or a huge kernel) are too long a list.
    """
    if len(json.dumps(parameters)) > PARAMETERS:
        raise UsageError(
            "the inputs, and the kernel, are too long for one batch (500 kB as text); give the folder of the pictures, "
            "or crop the kernel"
        )


def _job(arguments: Namespace) -> BatchJob:
    """The job of the command line, with the model resolved to one version and its bundle for all workers."""
    from burnish.inference.loading.shipped import refuse_untrained
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import parse_settings

    from burnish_flows.batch.job import BatchJob, packed

    config = parse_settings(arguments.set)
    if arguments.restorer is not None:
        refuse_untrained(arguments.restorer, installed(), config)
    import torch
    from burnish.inference import read_kernel

    kernel = packed(read_kernel(arguments.kernel)[0]) if arguments.kernel is not None else ""
    subject, bundle = _subject(arguments)
    return BatchJob(
        restorer=arguments.restorer or "",
        bundle=bundle,
        subject=subject,
        config=config,
        sigma=arguments.sigma,
        kernel=kernel,
        masks=_masks(arguments),
        transfer=arguments.transfer or "auto",
        tile=arguments.tile,
        strength=arguments.strength,
        precision=arguments.precision,
        memory_mb=arguments.memory,
        device=arguments.device,
        allow_damaged=arguments.allow_damaged,
        threads=arguments.threads or torch.get_num_threads(),
    )


def _masks(arguments: Namespace) -> dict[str, MaskFile]:
    """The masks by place and content, each read once: what no worker could read is refused here."""
    from burnish.inference.masks import read_mask

    from burnish_flows.batch.job import MaskFile, content_hash

    found = {}
    for name in MASKS:
        path: Path | None = getattr(arguments, name)
        if path is not None:
            read_mask(path)
            found[name] = MaskFile(path=str(path.absolute()), sha256=content_hash(path))
    return found


def _subject(arguments: Namespace) -> tuple[str, str]:
    """Its name in reports, and the folder of its bundle."""
    if arguments.restorer is not None:
        return str(arguments.restorer), ""
    if arguments.bundle is not None:
        return str(arguments.bundle), str(arguments.bundle.absolute())
    from burnish_flows.registry.locate import locate_version

    version, folder = locate_version(arguments.model)
    return f"{version.model} v{version.number}", str(folder)


def _crowded(runner: runners.Runner, threads: int) -> str:
    """Advice if the workers of this machine would compete for its cores."""
    cores = runners.cores()
    if runner.address or runner.workers * threads <= cores or runner.workers == 1:
        return ""
    advice = max(1, cores // runner.workers)
    return (
        f"{runner.workers} workers with {threads} threads each share {cores} cores; --threads {advice} is faster, with "
        f"the same bytes as OMP_NUM_THREADS={advice} burnish restore"
    )


def _sentence(result: BatchSummary) -> str:
    count = len(result["pictures"])
    seconds = sum(picture["seconds"] for picture in result["pictures"] if not picture["kept"])
    kept = f", {result['kept']} were done before" if result["kept"] else ""
    redone = "; the existing pictures came from another model or other settings" if result["redone"] else ""
    return (
        f"restored {result['restored']} of {count} picture{'s' if count != 1 else ''} with {result['subject']} in "
        f"{seconds:.1f} s of work{kept}{redone}"
    )


main = Command(_parser, _run)
