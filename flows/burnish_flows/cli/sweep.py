"""``burnish sweep RECIPE --over KEY=…``: try values of a recipe's settings, and write the best recipe."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import add_option, add_printing, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.values import duration, positive
from burnish.console.next_step import command, near
from burnish.console.output import answer, say, tell

from burnish_flows import environment, runners
from burnish_flows.cli.options import add_allow_dirty_data, add_recipe, add_runner
from burnish_flows.services.embedded_server import log_of, prefect_server

if TYPE_CHECKING:
    from burnish_flows.sweep.flow import SweepResult, TriedTrial


def _run(arguments: Namespace) -> int:
    """Sweep; trials that fail or diverge are results, a sweep without any figure is a failure."""
    from burnish.recipe.document import read_recipe

    read_recipe(arguments.recipe)
    environment.create(environment.find_project(arguments.recipe))
    from burnish_flows.sweep import study

    study.require()
    result = _flow(arguments)
    for number, why in result["failures"].items():
        tell(f"burnish: trial {number}: {why}")
    if arguments.json:
        answer(result)
    else:
        say(_lines(result, arguments.recipe))
    return 0


def _parser() -> Parser:
    parser = Parser(
        "sweep",
        "Train and evaluate a recipe with other values of its settings, and write the best recipe.\n"
        "MLflow holds all results; nothing is registered or promoted. A second run resumes.",
        "burnish sweep recipes/denoise.yaml --over lr=1e-4..1e-2:log --over depth=8,12,17 --trials 20 --steps 500",
        "burnish sweep recipes/denoise.yaml --over training.batch=8,16 --minutes 10 --out best.yaml",
    )
    add_recipe(parser)
    told = "KEY=LOW..HIGH[:log] or KEY=VALUE,VALUE,…; KEY as in the recipe (training.batch), or its last part"
    add_option(parser, "--over", told, metavar="KEY=VALUES", action="append", required=True)
    add_option(parser, "--trials", "trials in total", metavar="N", type=positive, default=20)
    told = "the figure that decides; default: validation if the recipe has such pictures, otherwise its first benchmark"
    add_option(parser, "--metric", told, metavar="METRIC[@BENCHMARK]", default="")
    budget = parser.add_mutually_exclusive_group()
    add_option(
        budget, "--steps", "training steps of each trial; default: the recipe's budget", metavar="N", type=positive
    )
    add_option(budget, "--minutes", "training minutes of each trial", metavar="F", type=duration)
    add_shared(parser, "--seed", "seed of the proposals", default=0)
    add_shared(parser, "--resume")
    add_shared(parser, "--out", "a file for the best recipe; default: in .burnish")
    add_allow_dirty_data(parser)
    add_runner(parser)
    add_printing(parser, "--json", "--quiet")
    return parser


def _flow(arguments: Namespace) -> SweepResult:
    """Check first: a wrong key or value is refused in a second, without a server."""
    from burnish_flows.sweep.plan import SweepOptions, planned

    options = SweepOptions(
        metric=arguments.metric,
        runner=str(runners.configured(arguments.runner)),
        steps=arguments.steps,
        minutes=arguments.minutes,
        seed=arguments.seed,
        allow_dirty_data=arguments.allow_dirty_data,
    )
    planned(str(arguments.recipe), arguments.over, trials=arguments.trials, options=options)
    project = environment.find_project(arguments.recipe)
    with prefect_server(log_of(project.home)) as server:
        from burnish_flows.retrain.tracking.interrupted import called
        from burnish_flows.sweep.flow import sweep

        server.wait()
        result: SweepResult = called(
            sweep,
            str(arguments.recipe),
            arguments.over,
            arguments.trials,
            options.model_dump(mode="json"),
            out=str(arguments.out or ""),
            resume=arguments.resume,
            quiet=arguments.quiet or arguments.json,
        )
    return result


def _lines(result: SweepResult, recipe: Path) -> list[str]:
    best, metric = result["best"], result["metric"]
    told = [f"{'trial':>5}  {metric:<24}  " + "  ".join(best["values"])]
    ranked = sorted(result["trials"], key=lambda trial: _rank(trial, result["direction"]))
    for trial in ranked:
        figure = trial["state"] if trial["value"] is None else f"{trial['value']:.4f}"
        values = "  ".join(
            f"{value:.4g}" if isinstance(value, float) else str(value) for value in trial["values"].values()
        )
        told.append(f"{trial['number']:>5}  {figure:<24}  {values}")
    where = result["mlflow"]
    return [
        *told,
        f"best: trial {best['trial']}, {metric} {best['value']:.4f}; train and register it with:",
        f"  {command('retrain', near(Path(best['recipe']), Path.cwd()))}",
        f"MLflow: experiment {where['experiment']}, run {where['run_id']} ({where['uri']})",
    ]


def _rank(trial: TriedTrial, direction: str) -> float:
    if trial["value"] is None:
        return float("inf")
    return -float(trial["value"]) if direction == "maximise" else float(trial["value"])


main = Command(_parser, _run)
