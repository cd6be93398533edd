"""``burnish train RECIPE --out BUNDLE``: train the restorer of a recipe, or go on where that was interrupted."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import housekeeping
from burnish.arguments import Parser
from burnish.output import answer, say

if TYPE_CHECKING:
    from burnish.recipe import Recipe
    from burnish.training import TrainingResult


def main(argv: list[str]) -> int:
    """Train; print where the bundle is, and its figures."""
    arguments = _parser().parse_args(argv)
    from burnish.recipe import read_recipe

    recipe = read_recipe(arguments.recipe)
    project = arguments.project or project_of(arguments.recipe, recipe)
    from burnish import preflight
    from burnish.catalog import installed

    preflight.refuse_names(recipe, installed(), arguments.recipe)
    with housekeeping.importing("torch"):
        from burnish.training import train

    preflight.refuse(
        recipe, project=project, catalog=installed(), path=arguments.recipe, device=arguments.device, judged=False
    )
    result = train(
        recipe,
        project=project,
        out=arguments.out,
        work=arguments.work or arguments.out.with_name(f"{arguments.out.name}.work"),
        resume=arguments.resume,
        device=arguments.device,
        quiet=arguments.quiet,
        lineage={"recipe": str(arguments.recipe), "recipe_digest": recipe.digest()},
    )
    if os.environ.get("RANK", "0") == "0":  # under torchrun the first process speaks for all
        if arguments.json:
            answer(_record(result))
        else:
            say(_words(result))
    return 0


def project_of(path: Path, recipe: Recipe) -> Path:
    """The nearest folder above the recipe that has its data root; the current one where none has."""
    for folder in path.resolve().parents:
        if (folder / recipe.data.root).is_dir():
            return folder
    return Path.cwd()


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "train",
        "Train the restorer of a recipe and write it as a bundle. Interrupted, it goes on where it stopped when it is\n"
        "run again, and ends with the same weights.",
        "burnish train recipes/denoise.yaml --out bundles/denoise",
    )
    parser.add_argument("recipe", metavar="RECIPE", type=Path, help="the YAML file that says what to train, and how")
    parser.add_argument("--out", metavar="BUNDLE", type=Path, required=True, help="the bundle's folder")
    parser.add_argument("--work", metavar="DIR", type=Path, help="folder for checkpoints (default: BUNDLE.work)")
    parser.add_argument(
        "--project",
        metavar="DIR",
        type=Path,
        help="folder that holds the recipe's data root (default: the nearest one above the recipe)",
    )
    parser.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on from the last checkpoint (default), or start over",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 (default: auto)")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument("--log", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _record(result: TrainingResult) -> dict[str, object]:
    return {
        "bundle": str(result.bundle),
        "steps": result.steps,
        "seconds": result.seconds,
        "resumed_at": result.resumed_at,
        "best_step": result.best_step,
        "validation": result.validation if math.isfinite(result.validation) else None,
        "training": result.manifest,
    }


def _words(result: TrainingResult) -> str:
    went_on = ""
    if result.resumed_at:
        finished = result.resumed_at == result.steps
        went_on = ", was finished already" if finished else f", went on at step {result.resumed_at}"
    psnr = f"; PSNR {result.validation:.2f} dB on validation" if math.isfinite(result.validation) else ""
    return (
        f"{result.bundle}: {result.steps} steps in {result.seconds:.1f} s{went_on}{psnr}, weights of step "
        f"{result.best_step}"
    )
