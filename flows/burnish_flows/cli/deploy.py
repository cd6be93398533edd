"""``burnish deploy``: a recipe is retrained on a schedule, when its data change, or on drift."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import Parser
from burnish.console.next_step import command
from burnish.console.output import answer, say
from burnish.errors import ConfigError

from burnish_flows import environment
from burnish_flows.services.standard import POOL

if TYPE_CHECKING:
    from burnish.recipe import Recipe

    from burnish_flows.scheduling.deployment import Deployed, Started, Wanted


def main(argv: list[str]) -> int:
    """Make or change the deployment of one recipe, or start a run of it."""
    arguments = _parser().parse_args(argv)
    from burnish.recipe import read_recipe

    recipe = read_recipe(arguments.recipe)
    project = environment.find_project(arguments.recipe)
    _check(recipe, project, arguments.recipe)
    environment.prepare(project)
    if not os.environ.get("PREFECT_API_URL"):
        raise ConfigError("there is no Prefect server; run `burnish up`, or name one in PREFECT_API_URL")
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


def _wanted(arguments: argparse.Namespace, recipe: Recipe, project: environment.Project) -> Wanted:
    from burnish_flows.scheduling.deployment import Wanted, interval

    return Wanted(
        recipe=arguments.recipe.resolve().relative_to(project.root),
        model=recipe.model,
        data=recipe.data.root,
        project=arguments.directory or project.root,
        pool=arguments.work_pool,
        cron=arguments.cron,
        timezone=arguments.timezone,
        interval=interval(arguments.interval) if arguments.interval else None,
        on_data_change=arguments.on_data_change,
        on_drift=arguments.on_drift,
        repository=arguments.repository,
        branch=arguments.branch,
        paused=arguments.paused,
        replace=arguments.replace,
    )


def _declares(arguments: argparse.Namespace) -> bool:
    """Whether an option says what the deployment is to be; ``--run-now`` alone leaves it as it is."""
    parser = _parser()
    apart = ("recipe", "run_now", "json")
    return any(value != parser.get_default(name) for name, value in vars(arguments).items() if name not in apart)


def _lines(arguments: argparse.Namespace, deployed: Deployed | None, started: Started | None, root: Path) -> list[str]:
    said = []
    if deployed is not None:
        said.append(f"{deployed.name} in work pool {deployed.pool}, started {', '.join(deployed.starts)}")
        said += [f"no more: {what}" for what in deployed.removed]
        if deployed.cancelled:
            said.append(f"cancelled: {deployed.cancelled} waiting runs of schedules that are no more")
    if started is None:
        return [*said, f"Run it now: {command('deploy', arguments.recipe, '--run-now')}"]
    page = [f"Its page: {started.page}"] if started.page else []
    return [*said, f"Started run {started.name}", *page, f"Follow it: {command('status', folder=root)}"]


def _check(recipe: Recipe, project: environment.Project, path: Path) -> None:
    """Refuse now what every scheduled run would stumble on; where the data are elsewhere, without a look at them."""
    from burnish import preflight
    from burnish.plugins.catalog import installed

    preflight.refuse_names(recipe, installed(), path)
    if (project.root / recipe.data.root).is_dir():
        preflight.refuse(recipe, project=project.root, catalog=installed(), path=path)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "deploy",
        "Make a Prefect deployment of a recipe, or change it to what the options say now: schedules, triggers and\n"
        "waiting runs that they do not name are taken away, and named. A run that finds the same recipe, data and\n"
        "code does nothing. Without --cron, --interval or --on-…, it is started by hand. --run-now alone changes\n"
        "nothing.",
        "burnish deploy recipes/denoise.yaml --cron '0 3 * * *' --on-data-change",
    )
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="YAML file")
    parser.add_argument("--cron", default="", help="as '0 3 * * *'")
    parser.add_argument("--timezone", default="UTC", help="of --cron, as Europe/Berlin (default: UTC)")
    parser.add_argument("--interval", metavar="TIME", default="", help="as 30m, 6h, 1d")
    parser.add_argument("--on-data-change", action="store_true", help="when the data's recorded version changes")
    parser.add_argument("--on-drift", action="store_true", help="when `burnish monitor` sees drift")
    parser.add_argument("--work-pool", metavar="NAME", default=POOL, help=f"whose workers run it (default: {POOL})")
    parser.add_argument("--directory", metavar="DIR", type=Path, help="where the project lies on the workers")
    parser.add_argument("--repository", metavar="URL", default="", help="instead: each run checks this out from git")
    parser.add_argument("--branch", default="", help="of the repository (default: its own default)")
    parser.add_argument("--paused", action="store_true", help="make it, but start nothing yet")
    parser.add_argument("--replace", action="store_true", help="take the place of another recipe of the same model")
    parser.add_argument("--run-now", action="store_true", help="start one run, and say how to follow it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser
