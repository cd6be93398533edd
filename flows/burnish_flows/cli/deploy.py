"""``burnish deploy``: a recipe is retrained on a schedule, when its data change, or on drift."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import add_option, add_printing
from burnish.cli.parser import Command, Parser
from burnish.console.next_step import command
from burnish.console.output import answer, say
from burnish.errors import ConfigError

from burnish_flows import environment
from burnish_flows.cli.options import add_interval, add_recipe, add_work_pool

if TYPE_CHECKING:
    from burnish.recipe.document import Recipe

    from burnish_flows.scheduling.deployment import Deployed, Started, Wanted


def _run(arguments: Namespace) -> int:
    """Make or change the deployment of one recipe, or start a run of it."""
    from burnish.recipe.document import read_recipe

    recipe = read_recipe(arguments.recipe)
    project = environment.find_project(arguments.recipe)
    _check(recipe, project, arguments.recipe)
    environment.prepare(project)
    if not os.environ.get("PREFECT_API_URL"):
        raise ConfigError("there is no Prefect server; run `burnish up`, or set PREFECT_API_URL to a server's address")
    environment.create(project)
    from burnish_flows.scheduling import deployment

    wanted = _wanted(arguments, recipe, project)
    only_run = arguments.run_now and not _declares(arguments) and deployment.exists(wanted)
    deployed = None if only_run else deployment.deploy(wanted)
    started = deployment.run_now(wanted) if arguments.run_now else None
    if arguments.json:
        told = deployed.as_json() if deployed else {"name": wanted.name}
        answer({**told, "run": asdict(started) if started else None})
    else:
        say(_lines(arguments, deployed, started, project.root))
    return 0


def _wanted(arguments: Namespace, recipe: Recipe, project: environment.Project) -> Wanted:
    from burnish_flows.scheduling.deployment import Wanted

    return Wanted(
        recipe=arguments.recipe.resolve().relative_to(project.root),
        model=recipe.model,
        data=recipe.data.root,
        project=arguments.directory or project.root,
        pool=arguments.work_pool,
        cron=arguments.cron,
        timezone=arguments.timezone,
        interval=timedelta(seconds=arguments.interval) if arguments.interval else None,
        on_data_change=arguments.on_data_change,
        on_drift=arguments.on_drift,
        repository=arguments.repository,
        branch=arguments.branch,
        paused=arguments.paused,
        replace=arguments.replace,
    )


def _declares(arguments: Namespace) -> bool:
    """Whether an option says what the deployment is to be; ``--run-now`` alone leaves it as it is."""
    parser = _parser()
    apart = ("recipe", "run_now", "json")
    return any(value != parser.get_default(name) for name, value in vars(arguments).items() if name not in apart)


def _lines(arguments: Namespace, deployed: Deployed | None, started: Started | None, root: Path) -> list[str]:
    said = []
    if deployed is not None:
        said.append(f"{deployed.name} in work pool {deployed.pool}, started {', '.join(deployed.starts)}")
        said += [f"removed: {what}" for what in deployed.removed]
        if deployed.cancelled:
            said.append(f"cancelled: {deployed.cancelled} waiting runs of removed schedules")
    if started is None:
        return [*said, f"Run it now: {command('deploy', arguments.recipe, '--run-now')}"]
    page = [f"Its page: {started.page}"] if started.page else []
    return [*said, f"Started run {started.name}", *page, f"Follow it: {command('status', folder=root)}"]


def _check(recipe: Recipe, project: environment.Project, path: Path) -> None:
    """Refuse now what would fail in every scheduled run; without checking the data if they are elsewhere."""
    from burnish import preflight
    from burnish.plugins.catalog import installed

    preflight.refuse_names(recipe, installed(), path)
    if (project.root / recipe.data.root).is_dir():
        preflight.refuse(recipe, project=project.root, catalog=installed(), path=path)


def _parser() -> Parser:
    parser = Parser(
        "deploy",
        "Retrain a recipe whenever the options say: workers (`burnish up`) run `burnish retrain`. Creates or updates\n"
        "a Prefect deployment to match the options: schedules, triggers and waiting runs that the options do not name\n"
        "are removed, and listed. A run that finds the same recipe, data and code does nothing. Without --cron,\n"
        "--interval or --on-…, start it manually. --run-now alone changes nothing.",
        "burnish deploy recipes/denoise.yaml --cron '0 3 * * *' --on-data-change",
        "burnish deploy recipes/denoise.yaml --interval 6h --on-drift",
        "burnish deploy recipes/denoise.yaml --run-now",
    )
    add_recipe(parser)
    starts = parser.add_argument_group("triggers of a run")
    add_option(starts, "--cron", "times of the day, e.g. '0 3 * * *'", metavar="TIMES", default="")
    add_option(starts, "--timezone", "time zone of --cron, e.g. Europe/Berlin", metavar="NAME", default="UTC")
    add_interval(starts, "between scheduled runs")
    add_option(starts, "--on-data-change", "when the data's recorded version changes", action="store_true")
    add_option(starts, "--on-drift", "when `burnish monitor` detects drift", action="store_true")
    add_option(starts, "--paused", "create it, but start nothing yet", action="store_true")
    add_option(starts, "--run-now", "start one run, and print how to follow it", action="store_true")
    where = parser.add_argument_group("where it runs")
    add_work_pool(where)
    add_option(where, "--directory", "the project's folder on the workers", metavar="DIR", type=Path)
    add_option(where, "--repository", "instead: each run checks this out from git", metavar="URL", default="")
    add_option(where, "--branch", "branch of the repository; default: its own default", metavar="NAME", default="")
    add_option(parser, "--replace", "replace another recipe of the same model", action="store_true")
    add_printing(parser, "--json")
    return parser


main = Command(_parser, _run)
