"""``burnish retrain``: from a recipe to a decision about the champion."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import garbage_collection
from burnish.cli.options import add_option, add_printing
from burnish.cli.parser import Command, Parser
from burnish.console import progress
from burnish.console.output import answer, say, tell

from burnish_flows import environment, runners
from burnish_flows.cli.options import add_allow_dirty_data, add_recipe, add_runner
from burnish_flows.retrain.tracking.stopwatch import Stopwatch
from burnish_flows.services.embedded_server import EmbeddedServer, deliver, log_of

if TYPE_CHECKING:
    from burnish_flows.retrain.tracking.result import Summary


def _parser() -> Parser:
    parser = Parser(
        "retrain",
        "Train the model of a recipe, evaluate it, register it as a new version (the challenger), and decide: if it\n"
        "passes the recipe's gates, it replaces the version in use (the champion). Does nothing if a version with the\n"
        "same recipe, data and code already has a decision. After a crash, the same command resumes from the last\n"
        "checkpoint.",
        "burnish retrain recipes/denoise.yaml",
        "burnish retrain recipes/denoise.yaml --force --json",
    )
    add_recipe(parser)
    add_option(parser, "--force", "do it all the same; train even if nothing changed", action="store_true")
    add_allow_dirty_data(parser)
    add_runner(parser, "for the evaluation")
    add_printing(parser, "--json", "--quiet")
    return parser


def _run(arguments: Namespace) -> int:
    """Retrain; a challenger that is not promoted is a result and no failure."""
    if arguments.runner:
        os.environ[runners.VARIABLE] = arguments.runner
    runners.configured()
    result = _retrain(arguments.recipe, arguments.force, arguments.allow_dirty_data, arguments.quiet)
    if arguments.json:
        answer(result)
    else:
        from burnish_flows.retrain.tracking import summary

        say(summary.lines(result, arguments.recipe))
    if not arguments.quiet:
        tell(_where_time_went(result["seconds"]))
    return 0


def _retrain(recipe: Path, force: bool, allow_dirty: bool, quiet: bool) -> Summary:
    """Check first if there is anything to do: this takes a second and no server."""
    begin = time.perf_counter()
    watch = Stopwatch()
    from burnish.recipe.document import read_recipe

    read_recipe(recipe)
    environment.create(environment.find_project(recipe))
    with watch.stage("check"), progress.doing("checking recipe, data and code", quiet):
        nothing = _checked(recipe, force, allow_dirty, quiet)
    result = nothing or _flow(recipe, force, allow_dirty, quiet, watch)
    seconds = {**watch.seconds, **result.get("seconds", {})}
    seconds["total"] = round(time.perf_counter() - begin, 3)
    return {**result, "seconds": seconds}


def _checked(recipe: Path, force: bool, allow_dirty: bool, quiet: bool) -> Summary | None:
    """The result if there is nothing to do; otherwise everything that the recipe names is resolved."""
    from burnish_flows.locks import locking
    from burnish_flows.registry.store import Registry
    from burnish_flows.retrain import snapshot
    from burnish_flows.retrain.tracking import summary

    run = snapshot.take(recipe, tracking_uri=environment.tracking_uri(), allow_dirty=allow_dirty, quiet=quiet)
    registry = Registry.connected(run.tracking_uri)
    now = registry.stand(run.model)
    version = None if force else snapshot.decided(run, now)
    if version is None or now.half_way or now.lost or run.bundle.is_dir():
        locking.require_free(run.tracking_uri, run.model)
        snapshot.check(run)
        return None
    return summary.nothing_changed(run, version, now)


def _flow(recipe: Path, force: bool, allow_dirty: bool, quiet: bool, watch: Stopwatch) -> Summary:
    project = environment.find_project(recipe)
    server = EmbeddedServer(log_of(project.home))
    server.start()
    try:
        progress.say("starting", quiet)
        with progress.doing("starting", quiet):
            with watch.stage("imports"), garbage_collection.importing("lightning.pytorch"):
                import lightning.pytorch  # noqa: F401

                from burnish_flows.retrain.flow import retrain
                from burnish_flows.retrain.tracking.interrupted import called
            with watch.stage("prefect server"):
                server.wait()
        with watch.stage("flow"):
            result = called(retrain, str(recipe), force, allow_dirty, quiet)
        watch.seconds["flow"] = round(watch.seconds["flow"] - sum(result.get("seconds", {}).values()), 3)
    finally:
        with watch.stage("prefect server"):
            deliver()
            server.stop()
    return result


def _where_time_went(seconds: Mapping[str, float]) -> str:
    told = ", ".join(f"{name} {figure:.1f}" for name, figure in seconds.items() if name != "total")
    return f"{seconds['total']:.1f} s: {told}"


main = Command(_parser, _run)
