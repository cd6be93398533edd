"""``burnish evaluate``: score a restorer on clean pictures, or on a declared benchmark."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli.options import Parser, add_allow_damaged, level, seed
from burnish.console.output import answer, say
from burnish.options import RestoreOptions

if TYPE_CHECKING:
    from burnish.evaluation import Benchmark, Scorecard
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog


def main(argv: list[str]) -> int:
    """Run ``burnish evaluate`` with these words."""
    arguments = _parser().parse_args(argv)
    from burnish.plugins.catalog import installed

    catalog = installed()
    benchmark = _benchmark(arguments, catalog)
    loaded = _restorer(arguments, catalog)
    if arguments.out:
        from burnish.reporting.folder import whole_folder

        reads = (arguments.clean, arguments.degraded, arguments.kernels, arguments.bundle)
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
        RestoreOptions(tile=arguments.tile, precision=arguments.precision),
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
        "lineage": card.lineage,
        "created": card.created,
    }


def _parser() -> Parser:
    parser = Parser(
        "evaluate",
        "Score a restorer on clean pictures that are degraded on the way (or come with their degraded versions).",
        "burnish evaluate --restorer classical/bicubic --set scale=2 --benchmark set5-x2 --clean Set5",
    )
    who = parser.add_argument_group("the restorer, one of").add_mutually_exclusive_group(required=True)
    who.add_argument("--restorer", metavar="ID", help="an installed restorer; see `burnish list restorers`")
    who.add_argument("--bundle", metavar="DIR", type=Path, help="a trained restorer on disk")
    who.add_argument("--model", metavar="NAME@ALIAS", help="a registered model")
    asked = parser.add_argument_group("what it is asked")
    asked.add_argument("--clean", metavar="DIR", type=Path, required=True, help="folder of clean pictures, or one")
    asked.add_argument("--benchmark", metavar="ID", help="a declared benchmark; see `burnish list benchmarks`")
    asked.add_argument("--degrader", metavar="ID", help="what degrades the clean pictures")
    asked.add_argument("--degraded", metavar="DIR", type=Path, help="their degraded versions, matched by name")
    asked.add_argument("--kernels", metavar="PATH", type=Path, help="of --degraded: the blurs, matched by name; or one")
    asked.add_argument("--sigma", metavar="F", type=level, help="of --degraded: the noise's deviation, also as 25/255")
    asked.add_argument(
        "--transfer",
        choices=("auto", "srgb", "linear", "icc"),
        help="of --degraded, for deconvolution: how values stand for light (default: auto, by the file)",
    )
    asked.add_argument("--metrics", metavar="ID,…", help="metrics; the first one leads (default: psnr,ssim)")
    asked.add_argument("--colour", choices=("rgb", "grey", "y"), help="how pictures are read (default: rgb)")
    asked.add_argument("--seed", metavar="N", type=seed, help="of the degrader (default: 0)")
    sets = parser.add_argument_group("settings, each may be given several times")
    sets.add_argument("--set", metavar="k=v", action="append", default=[], help="of the restorer")
    sets.add_argument("--degrader-set", metavar="k=v", action="append", default=[], help="of the degrader")
    sets.add_argument(
        "--metric-set", metavar="k=v", action="append", default=[], help="of every metric that has that setting"
    )
    run = parser.add_argument_group("running and writing")
    run.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto", help="default: auto")
    run.add_argument("--tile", metavar="N", type=_tile, default="auto", help="side of tiles in pixels; 0: none; auto")
    run.add_argument("--device", default="auto", help="auto, cpu, cuda, … (default: auto)")
    run.add_argument("--out", metavar="DIR", type=Path, help="write scorecard.json, report.html and pictures there")
    add_allow_damaged(parser)
    run.add_argument("--json", action="store_true", help="print the scores as JSON")
    run.add_argument("--quiet", action="store_true", help="no progress")
    return parser


def _tile(text: str) -> int | str:
    return text if text == "auto" else int(text)


def _benchmark(arguments: Namespace, catalog: Catalog) -> Benchmark:
    from burnish.evaluation.choosing import choose_benchmark
    from burnish.plugins.configuration import parse_settings

    names = [name.strip() for name in (arguments.metrics or "").split(",") if name.strip()]
    return choose_benchmark(
        arguments.clean,
        arguments.benchmark or "",
        {
            "degrader": arguments.degrader,
            "degraded": arguments.degraded,
            "kernels": arguments.kernels,
            "sigma": arguments.sigma,
            "transfer": arguments.transfer,
            "metrics": names,
            "colour": arguments.colour,
            "seed": arguments.seed,
            "degrader_settings": parse_settings(arguments.degrader_set),
            "metric_settings": parse_settings(arguments.metric_set),
        },
        catalog=catalog,
        spelled=lambda name: f"--{name.replace('_settings', '-set')}",
    )


def _restorer(arguments: Namespace, catalog: Catalog) -> Restorer:
    from burnish.inference import load_bundle, load_restorer, locate_model
    from burnish.plugins.configuration import parse_settings

    if arguments.restorer:
        settings = parse_settings(arguments.set)
        return load_restorer(arguments.restorer, settings, device=arguments.device, catalog=catalog)
    folder = arguments.bundle or locate_model(arguments.model)
    return load_bundle(folder, parse_settings(arguments.set), device=arguments.device, catalog=catalog)
