"""``burnish train RECIPE --out BUNDLE``: train the restorer of a recipe, or resume an interrupted training."""

from __future__ import annotations

import math
import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import add_option, add_printing, add_running, add_shared
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say

if TYPE_CHECKING:
    from burnish.training import TrainingResult


def _run(arguments: Namespace) -> int:
    """Train; print where the bundle is, and its figures."""
    from burnish.api import train_recipe

    result = train_recipe(
        arguments.recipe,
        out=arguments.out,
        work=arguments.work,
        project=arguments.project,
        device=arguments.device,
        resume=arguments.resume,
        quiet=arguments.quiet,
    )
    if os.environ.get("RANK", "0") == "0":  # under torchrun the first process speaks for all
        if arguments.json:
            answer(_record(result))
        else:
            say(_words(result))
    return 0


def _parser() -> Parser:
    parser = Parser(
        "train",
        "Train the restorer of a recipe (see `burnish new-recipe`) and write it as a bundle: a folder with weights\n"
        "and settings, for --bundle of other commands. Nothing is registered: `burnish retrain` does that. After an\n"
        "interruption, the same command resumes and ends with the same weights.",
        "burnish train recipes/denoise.yaml --out bundles/denoise",
        "burnish train recipes/denoise.yaml --out bundles/denoise --device cuda:1 --no-resume",
    )
    add_option(parser, "recipe", "the recipe, a YAML file (see `burnish new-recipe`)", metavar="RECIPE", type=Path)
    add_shared(parser, "--out", "the bundle's folder", required=True)
    add_option(parser, "--work", "folder for checkpoints; default: OUT.work", metavar="DIR", type=Path)
    told = "the folder with the recipe's data root; default: the nearest one above the recipe"
    add_option(parser, "--project", told, metavar="DIR", type=Path)
    add_shared(parser, "--resume")
    add_running(parser, "--device")
    add_printing(parser, "--json", "--quiet")
    parser.formerly("--log", "")
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
        went_on = ", was finished already" if finished else f", resumed at step {result.resumed_at}"
    psnr = f"; PSNR {result.validation:.2f} dB on validation" if math.isfinite(result.validation) else ""
    return (
        f"{result.bundle}: {result.steps} steps in {result.seconds:.1f} s{went_on}{psnr}, weights of step "
        f"{result.best_step}"
    )


main = Command(_parser, _run)
