"""``burnish deploy``: a recipe is retrained on a schedule, when its data change, or on drift."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from burnish.arguments import Parser
from burnish.errors import ConfigError
from burnish.output import answer, say

from burnish_flows import environment
from burnish_flows.services.standard import POOL


def main(argv: list[str]) -> int:
    """Make or change the deployment of one recipe."""
    arguments = _parser().parse_args(argv)
    from burnish.recipe import read_recipe

    recipe = read_recipe(arguments.recipe)
    project = environment.find_project(arguments.recipe)
    environment.prepare(project)
    if not os.environ.get("PREFECT_API_URL"):
        raise ConfigError("there is no Prefect server; run `burnish up`, or name one in PREFECT_API_URL")
    environment.create(project)
    from burnish_flows.deployment import Wanted, deploy, interval

    deployed = deploy(
        Wanted(
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
        )
    )
    if arguments.json:
        answer(deployed.as_json())
    else:
        say(f"{deployed.name} in work pool {deployed.pool}, started {', '.join(deployed.starts)}")
        say(f"Run it now: prefect deployment run {deployed.name}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "deploy",
        "Make a Prefect deployment of a recipe, or change it to what the options say now. A run that finds the same\n"
        "recipe, data and code does nothing. Without --cron, --interval or --on-…, it is started by hand.",
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
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser
