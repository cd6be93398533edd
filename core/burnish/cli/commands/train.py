"""``burnish train RECIPE --out BUNDLE``: train the restorer of a recipe, or go on where that was interrupted."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import Parser
from burnish.console.output import answer, say

if TYPE_CHECKING:
    from burnish.training import TrainingResult


def main(argv: list[str]) -> int:
    """Train; print where the bundle is, and its figures."""
    arguments = _parser().parse_args(argv)
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
