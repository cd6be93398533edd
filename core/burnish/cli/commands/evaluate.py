"""``burnish evaluate``: score a restorer on clean pictures, or on a declared benchmark."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli import completers
from burnish.cli.options import (
    Taker,
    add_conditions,
    add_option,
    add_printing,
    add_restorer,
    add_running,
    add_shared,
)
from burnish.cli.parser import SETTING, Command, Parser
from burnish.cli.values import names
from burnish.console.output import answer, say
from burnish.restorer.options import RestoreOptions

if TYPE_CHECKING:
    from burnish.evaluation import Benchmark, Scorecard
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog


def _run(arguments: Namespace) -> int:
    """Score, print, and write the report where one is wanted."""
    from burnish.plugins.catalog import installed

    catalog = installed()
    benchmark = _benchmark(arguments, catalog)
    loaded = _restorer(arguments, catalog)
    if arguments.out:
        from burnish.reporting.folder import whole_folder

        reads = (arguments.clean, arguments.degraded, arguments.shots, arguments.kernel, arguments.bundle)
        with whole_folder(arguments.out, reads=[path for path in reads if path]) as folder:
            card = _score(arguments, loaded, benchmark, catalog, folder)
    else:
        card = _score(arguments, loaded, benchmark, catalog, None)
    if arguments.json:
        answer(as_json(card))
    else:
        from burnish.cli.scores import print_scores

        print_scores(card, benchmark, catalog)
        if arguments.out:
            say(f"report: {arguments.out / 'report.html'}")
    return 0


def _score(
    arguments: Namespace, loaded: Restorer, benchmark: Benchmark, catalog: Catalog, folder: Path | None
) -> Scorecard:
    from burnish.evaluation import scorecard
    from burnish.reporting.folder import write_folder

    card = scorecard(
        loaded,
        [benchmark],
        RestoreOptions(
            tile=arguments.tile, precision=arguments.precision, engine=arguments.engine, memory=arguments.memory
        ),
        subject=arguments.model or "",
        catalog=catalog,
        quiet=arguments.quiet,
        pictures=folder / "pictures" if folder else None,
    )
    if folder:
        write_folder(folder, card)
    return card


def as_json(card: Scorecard) -> dict[str, Any]:
    """What ``--json`` prints: the one benchmark's figures, infinities as strings."""
    plain = card.as_json()
    (result,) = plain["results"].values()
    scores: Mapping[str, Any] = result["scores"]
    keep = ("benchmark", "digest", "degrader", "degrader_config", "colour", "seed", "data_hash", "device", "precision")
    return {
        "subject": card.subject,
        "restorer": card.restorer,
        "metrics": {id: {"mean": one["mean"], "per_image": one["per_image"]} for id, one in scores.items()},
        "degraded": {
            id: {"mean": one["mean"], "per_image": one["per_image"]} for id, one in result["degraded"].items()
        },
        "seconds_per_megapixel": result["seconds_per_megapixel"],
        "cost": plain["cost"],
        "protocols": {id: {"version": one["version"], **one["protocol"]} for id, one in scores.items()},
        **{key: result[key] for key in keep},
        "intervals": result["intervals"],
        "lineage": card.lineage,
        "created": card.created,
    }


def _parser() -> Parser:
    parser = Parser(
        "evaluate",
        "Measure how well a restorer works: it restores degraded pictures, and metrics (PSNR, SSIM, …) compare the\n"
        "results with the clean ones. burnish degrades the clean pictures, or you give both. A benchmark fixes the\n"
        "degradation and the metrics as in published tables. Without clean pictures, scores are estimated\n"
        "from several shots of each scene, or from degraded pictures alone.",
        "burnish evaluate --restorer nlm --clean photos --degrader gaussian-noise --degrader-set sigma=0.1",
        "burnish evaluate --restorer classical/bicubic --set scale=2 --benchmark set5-x2 --clean Set5",
        "burnish evaluate --bundle bundles/denoise --clean sharp --degraded noisy --metrics psnr,ssim --out report",
        "burnish evaluate --bundle bundles/denoise --shots scenes",
    )
    add_restorer(parser)
    asked = parser.add_argument_group("the evaluation: --benchmark, or --degrader, or --degraded, or --shots")
    add_option(asked, "--clean", "a clean picture, or a folder of them", metavar="PATH", type=Path)
    told = "a declared benchmark (see `burnish list benchmarks`)"
    add_option(asked, "--benchmark", told, metavar="ID", completer=completers.ids("benchmarks"))
    add_shared(asked, "--degrader")
    _setting(asked, "--degrader-set", "a setting of the degrader (`burnish show ID`), may be repeated")
    add_shared(asked, "--seed", "for the degrader; default: 0")
    add_option(asked, "--degraded", "degraded pictures, matched with clean ones by name", metavar="PATH", type=Path)
    told = "a folder of scenes, each a folder with several shots of it; the first one is restored"
    add_option(asked, "--shots", told, metavar="PATH", type=Path)
    told = "with --degraded and --clean: fit the brightness of the clean pictures first; default: none"
    add_option(asked, "--match", told, choices=("none", "affine"))
    _setting(
        asked, "--noise", "its noise: gain, read_noise, offset in [0, 1] (`burnish noise` finds them), may be repeated"
    )
    told = "metrics (see `burnish list metrics`); the first leads; default: psnr,ssim, without --clean upsnr"
    add_option(asked, "--metrics", told, metavar="ID,…", type=names, completer=completers.id_lists("metrics"))
    _setting(asked, "--metric-set", "a setting for all metrics that have it (`burnish show ID`), may be repeated")
    add_option(asked, "--colour", "how pictures are read; default: rgb", choices=("rgb", "grey", "y"))
    add_conditions(parser, "needs --degraded", kernel="a folder: matched by name", masks=False)
    parser.formerly("--kernels", "--kernel")
    add_running(parser, "--precision", "--engine", "--tile", "--memory", "--device", "--allow-damaged")
    add_shared(parser, "--out", "a folder for scorecard.json, report.html and pictures")
    add_printing(parser, "--json", "--quiet")
    return parser


def _setting(taker: Taker, name: str, told: str) -> None:
    add_option(taker, name, told, metavar=SETTING, action="append", default=[])


def _benchmark(arguments: Namespace, catalog: Catalog) -> Benchmark:
    from burnish.evaluation.benchmarks.benchmark_choice import choose_benchmark
    from burnish.plugins.configuration import parse_settings

    return choose_benchmark(
        arguments.clean,
        arguments.benchmark or "",
        {
            "degrader": arguments.degrader,
            "degraded": arguments.degraded,
            "shots": arguments.shots,
            "match": arguments.match,
            "noise": parse_settings(arguments.noise),
            "kernels": arguments.kernel,
            "sigma": arguments.sigma,
            "transfer": arguments.transfer,
            "metrics": arguments.metrics or (),
            "colour": arguments.colour,
            "seed": arguments.seed,
            "degrader_settings": parse_settings(arguments.degrader_set),
            "metric_settings": parse_settings(arguments.metric_set),
        },
        catalog=catalog,
        spelled=lambda name: "--kernel" if name == "kernels" else f"--{name.replace('_settings', '-set')}",
    )


def _restorer(arguments: Namespace, catalog: Catalog) -> Restorer:
    from burnish.inference import load_bundle, load_restorer, locate_model
    from burnish.plugins.configuration import parse_settings

    if arguments.restorer:
        settings = parse_settings(arguments.set)
        return load_restorer(arguments.restorer, settings, device=arguments.device, catalog=catalog)
    folder = arguments.bundle or locate_model(arguments.model)
    return load_bundle(folder, parse_settings(arguments.set), device=arguments.device, catalog=catalog)


main = Command(_parser, _run)
