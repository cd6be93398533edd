"""``burnish restore IN… OUT`` without a restorer: each picture is examined, and restored by what fits it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from burnish import garbage_collection
from burnish.cli.options import add_option
from burnish.cli.parser import Parser
from burnish.cli.streams import Files
from burnish.cli.values import positive
from burnish.console.output import answer, say, tell
from burnish.errors import BurnishError, UsageError
from burnish.restorer.options import RestoreOptions

if TYPE_CHECKING:
    from burnish.inference import Restored
    from burnish.planning import Planner
    from burnish.planning.files import Planned

UNUSED = ("kernel", "mask", "saturated", "sigma", "transfer")
"""What describes a degradation to a restorer; without one it is found in the picture."""


def planned_options(parser: Parser) -> None:
    """Add the options that only count without a restorer."""
    group = parser.add_argument_group("without a restorer")
    told = "what may be undone: denoise, dejpeg, deblur, super-resolve, several with commas (default: all)"
    add_option(group, "--for", told, metavar="TASK")
    add_option(
        group,
        "--scale",
        "also make it so many times larger, by what the installed restorers can do: 2, 3, 4",
        metavar="N",
        type=positive,
    )


def options_of(arguments: Namespace) -> RestoreOptions:
    """How it runs."""
    return RestoreOptions(
        tile=arguments.tile, precision=arguments.precision, engine=arguments.engine, memory=arguments.memory,
        transfer=arguments.transfer, strength=arguments.strength,
    )  # fmt: skip


def refuse_planned(arguments: Namespace) -> None:
    """Refuse options that a named restorer does not need.

    Raises:
        UsageError: One is given.
    """
    if vars(arguments)["for"]:
        raise UsageError("--for narrows the choice of a restorer, but one is named; leave one of the two out")
    if arguments.scale:
        raise UsageError("--scale asks for a restorer that enlarges, but one is named; use --set scale=N for its own")


def refuse_compare(arguments: Namespace, files: Files, *, framed: bool = False) -> None:
    """Refuse a comparison that could not be written, before any work.

    Raises:
        UsageError: It is no page or picture, of several pictures no page, of clips, or of streams.
    """
    if arguments.compare is None:
        return
    from burnish.reporting.comparison import refuse_comparison

    several = len(files.sources) > 1 or files.sources[0].is_dir()
    refuse_comparison(arguments.compare, 2 if several else 1)
    if framed or files.piped:
        what = "clips and bursts" if framed else "standard output"
        raise UsageError(f"--compare shows pictures in files, not {what}; leave it out")


def compare(arguments: Namespace, files: Files, done: Iterable[tuple[Restored, str]]) -> None:
    """Write the comparison of what did not fail, where one is asked for."""
    if arguments.compare is None:
        return
    from burnish.reporting.comparison import BeforeAfter, write_comparison

    shown = [
        BeforeAfter(name=files.name_of(one.source), before=one.source, after=one.target, words=words)
        for one, words in done
        if not one.error
    ]
    if shown:
        write_comparison(arguments.compare, shown)


def run_planned(arguments: Namespace, files: Files) -> int:
    """Restore each picture by its own plan; exit status 1 when one of several failed."""
    with garbage_collection.importing("torch"):
        from burnish.inference.files.folders import Reading
        from burnish.inference.files.made import lines
        from burnish.io.outputs import placed
        from burnish.planning.files import Planned, restore_planned
        from burnish.planning.plan import Plan

    planner = _planner(arguments)
    refuse_compare(arguments, files)
    targets = [(files.sources[0], files.target)] if len(files.sources) == 1 else placed(files.sources, files.target)
    reading = Reading(allow_damaged=arguments.allow_damaged)
    done: list[Planned] = []
    for source, target in targets:
        try:
            done += restore_planned(
                planner, source, target, options_of(arguments), reading=reading, quiet=arguments.quiet
            )
        except BurnishError as error:
            if len(targets) == 1:
                raise
            done.append(Planned(restored=failure(source, target, str(error)), plan=Plan()))
    failed = [one.restored for one in done if one.restored.error]
    for restored in failed:
        tell(f"burnish: {restored.error}")
    for line in lines((one.restored.target, one.restored.notes) for one in done):
        tell(f"burnish: {files.named(line)}")
    compare(arguments, files, ((one.restored, one.plan.words()) for one in done))
    if arguments.json:
        answer({"failed": len(failed), "pictures": [_record(files, one) for one in done]})
    elif not arguments.quiet and not files.piped:
        say(f"{files.typed(one.restored.source)}: {one.plan.words()}" for one in done if not one.restored.error)
    return 1 if failed else 0


def _planner(arguments: Namespace) -> Planner:
    from burnish.planning import Planner
    from burnish.planning.plan import TASKS, Task

    for name in UNUSED:
        if getattr(arguments, name) is not None:
            raise UsageError(f"--{name} is told to a restorer; name one with --restorer, --bundle or --model")
    if arguments.coverage or arguments.unsure is not None:
        raise UsageError("--coverage is of a restorer that was calibrated; name its bundle with --bundle or --model")
    if arguments.disagreement:
        raise UsageError("--disagreement compares what one restorer made with its input; name it with --restorer")
    if arguments.force:
        raise UsageError("--force is told to a restorer; name one with --restorer, --bundle or --model")
    if arguments.set:
        raise UsageError("--set is a setting of a restorer; name one with --restorer, --bundle or --model")
    asked: str = vars(arguments)["for"] or ",".join(TASKS)
    tasks = [task.strip() for task in asked.split(",")]
    if unknown := [task for task in tasks if task not in TASKS]:
        raise UsageError(f"--for {unknown[0]}: is no task; give one of {', '.join(TASKS)}")
    scale = arguments.scale or 1
    if scale > 1 and arguments.strength != 1.0:
        raise UsageError("--strength blends with the input, which --scale makes larger; leave one of the two out")
    return Planner(device=arguments.device, tasks=frozenset(cast("list[Task]", tasks)), scale=scale)


def failure(source: Path, target: Path, error: str, seconds: float = 0.0) -> Restored:
    """The record of an input of which nothing was made."""
    from burnish.inference import Restored

    return Restored(source=source, target=target, seconds=seconds, megapixels=0.0, error=error)


def _record(files: Files, one: Planned) -> dict[str, object]:
    restored = one.restored
    return {
        "source": str(files.typed(restored.source)),
        "target": None if restored.error else str(restored.target),
        "seconds": round(restored.seconds, 4),
        "megapixels": restored.megapixels,
        **one.plan.as_json(),
        "error": restored.error or None,
        "damage": restored.damage or None,
        "notes": list(restored.notes),
        "doubtful": restored.doubtful,
    }
