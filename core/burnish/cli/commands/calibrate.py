"""``burnish calibrate``: intervals for a restorer's estimates, measured on clean pictures and kept in its bundle."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli import completers
from burnish.cli.loading import named_restorer
from burnish.cli.options import add_option, add_printing, add_restorer, add_running, add_shared
from burnish.cli.parser import SETTING, Command, Parser
from burnish.cli.values import share
from burnish.console.output import answer, say
from burnish.errors import UsageError
from burnish.restorer.options import RestoreOptions

if TYPE_CHECKING:
    from burnish.evaluation import Benchmark
    from burnish.uncertainty.calibration import Calibration, Reliability

COVERAGES = (0.8, 0.9, 0.95)
"""Promises that are tried."""
UNITS = {"single": "pictures", "burst": "bursts", "video": "clips"}
"""What counts once, by what the restorer takes."""


def _parser() -> Parser:
    parser = Parser(
        "calibrate",
        "Measure how far a restorer's estimates are off, so that `burnish restore --coverage 0.9` tells for every\n"
        "value between which two the true one lies. The clean pictures must be others than those of its training,\n"
        "and like those to come: the promise is about the population of pictures, not about each picture or pixel.\n"
        "For restorers of clips --clean is a folder of folders of frames; a burst or clip counts as one picture.",
        "burnish calibrate --bundle bundles/denoise --clean photos --degrader gaussian-noise --degrader-set sigma=0.1",
        "burnish calibrate --restorer classical/median --clean photos --degrader jpeg --out bundles/median",
    )
    add_restorer(parser)
    asked = parser.add_argument_group("the pictures: --benchmark, or --degrader, or --degraded")
    add_option(asked, "--clean", "a clean picture, or a folder of them", metavar="PATH", type=Path)
    told = "a declared benchmark (see `burnish list benchmarks`)"
    add_option(asked, "--benchmark", told, metavar="ID", completer=completers.ids("benchmarks"))
    add_shared(asked, "--degrader")
    told = "a setting of the degrader (`burnish show ID`), may be repeated"
    add_option(asked, "--degrader-set", told, metavar=SETTING, action="append", default=[])
    add_option(asked, "--degraded", "degraded pictures, matched with clean ones by name", metavar="PATH", type=Path)
    add_option(asked, "--colour", "how pictures are read; default: rgb", choices=("rgb", "grey", "y"))
    add_shared(asked, "--sigma")
    add_shared(asked, "--seed", "for degrader and head; default: 0")
    told = (
        "head (default): a small network learns the errors on a third of the pictures; augmentations: how much the\n"
        "estimates of the flipped picture differ, at four times the cost; constant: the same everywhere"
    )
    add_option(parser, "--width", told, choices=("head", "augmentations", "constant"), default="head")
    told = "with which probability the promise holds whichever pictures were given; 0: on average (default: 0.9)"
    add_option(parser, "--confidence", told, metavar="F", type=share, default=0.9)
    add_running(parser, "--precision", "--engine", "--tile", "--memory", "--device")
    add_shared(parser, "--out", "a new bundle with the intervals; default with --bundle: into that bundle")
    add_printing(parser, "--json", "--quiet")
    return parser


def _run(arguments: Namespace) -> int:
    """Measure, and write into the bundle."""
    from burnish.evaluation.calibrated_bundle import calibrate_bundle, refuse_place
    from burnish.uncertainty.calibration import FILE, reliability

    if not arguments.bundle and not arguments.out:
        raise UsageError("--out is missing: the folder of the bundle that will hold the intervals")
    if arguments.confidence == 1.0:
        raise UsageError("--confidence 1 cannot be had of a sample; give less, as 0.9")
    loaded = named_restorer(arguments, device=arguments.device)
    folder: Path = arguments.out or arguments.bundle
    refuse_place(loaded, folder, arguments.width)
    benchmark = _benchmark(arguments)
    options = RestoreOptions(
        tile=arguments.tile, precision=arguments.precision, engine=arguments.engine, memory=arguments.memory
    )
    made = calibrate_bundle(
        loaded, benchmark, folder, width=arguments.width, confidence=arguments.confidence, options=options,
        seed=arguments.seed or 0, quiet=arguments.quiet,
    )  # fmt: skip
    tried = reliability(made, COVERAGES)
    if arguments.json:
        answer(_record(folder / FILE, made, tried))
    else:
        say(_lines(folder, made, tried, UNITS[loaded.spec.temporal]))
    return 0


main = Command(_parser, _run)


def _benchmark(arguments: Namespace) -> Benchmark:
    from burnish.evaluation.benchmarks.benchmark_choice import choose_benchmark
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import parse_settings

    return choose_benchmark(
        arguments.clean,
        arguments.benchmark or "",
        {
            "degrader": arguments.degrader,
            "degraded": arguments.degraded,
            "sigma": arguments.sigma,
            "colour": arguments.colour,
            "seed": arguments.seed,
            "degrader_settings": parse_settings(arguments.degrader_set),
        },
        catalog=installed(),
        spelled=lambda name: f"--{name.replace('_settings', '-set')}",
    )


def _record(file: Path, made: Calibration, tried: dict[float, Reliability]) -> dict[str, object]:
    return {
        "file": str(file),
        **made.facts.model_dump(),
        "factors": {str(coverage): made.factor(coverage) for coverage in tried},
        "reliability": {str(coverage): vars(one) for coverage, one in tried.items()},
    }


def _lines(folder: Path, made: Calibration, tried: dict[float, Reliability], unit: str) -> list[str]:
    facts = made.facts
    by = f"{facts.pictures} {unit}" + (f", a head that learned from {facts.learned} others" if facts.learned else "")
    head = f"{folder}: intervals of {facts.restorer} by {by}"
    rows = [
        f"  promised {coverage:.0%}: {one.mean:.1%} on halves that had no part in it, {one.worst:.1%} at worst; "
        f"{one.narrower:.0%} narrower than the same width everywhere"
        for coverage, one in tried.items()
    ]
    return [head, *rows] if rows else [head, f"  too few {unit} to try the promise on halves of them"]
