"""``burnish restore IN OUT``: restore a picture, a clip or a burst, or a folder of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from burnish import garbage_collection as housekeeping
from burnish.cli.options import Parser, add_allow_damaged, level, positive
from burnish.console.output import answer, say, tell
from burnish.errors import UsageError
from burnish.options import RestoreOptions

if TYPE_CHECKING:
    from burnish.inference import Restored, Restorer


def main(argv: list[str]) -> int:
    """Restore; exit status 1 when a picture of a folder failed."""
    arguments = _parser().parse_args(argv)
    options = RestoreOptions(
        tile=tile_size(arguments.tile),
        precision=arguments.precision,
        memory=arguments.memory,
        transfer=arguments.transfer,
    )
    conditions: dict[str, Any] = {}
    if arguments.sigma is not None:
        conditions["sigma"] = arguments.sigma

    with housekeeping.importing("torch"):
        from burnish.inference import read_kernel, restore_files
        from burnish.inference.files.clips import has_frames
        from burnish.inference.files.made import lines
        from burnish.io.outputs import refuse_same

    if arguments.kernel is not None:
        refuse_same(arguments.kernel, arguments.target)
        conditions["kernel"] = read_kernel(arguments.kernel)
    loaded = _load(arguments)
    done = restore_files(loaded, arguments.source, arguments.target, conditions, options, quiet=arguments.quiet)
    failed = [restored for restored in done if restored.error]
    for restored in failed:
        tell(f"burnish: {restored.error}")
    if not has_frames(loaded, arguments.source):  # of frames it was said before
        for line in lines((restored.target, restored.notes) for restored in done):
            tell(f"burnish: {line}")
    if arguments.json:
        answer(_record(loaded, done))
    elif not arguments.quiet:
        seconds = sum(restored.seconds for restored in done)
        pictures = f"{len(done)} picture{'s' if len(done) != 1 else ''}"
        say(f"restored {len(done) - len(failed)} of {pictures} with {loaded.id} in {seconds:.1f} s{_light(done)}")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "restore",
        "Restore a picture, or all pictures of a folder. Depth, alpha and metadata are kept.\n"
        "Restorers of clips and bursts take a folder of frames (or a folder of such folders), and any takes a video:\n"
        "a burst becomes a picture; a clip a folder of frames, or a video (.mkv loses nothing; no sound).",
        "burnish restore noisy.png clear.png --restorer classical/nlm --sigma 25/255",
    )
    parser.add_argument("source", metavar="IN", type=Path, help="a picture or video, or a folder of pictures or frames")
    parser.add_argument(
        "target", metavar="OUT", type=Path, help="a picture or video (its suffix is the format), or a folder"
    )
    add_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress, no summary")
    return parser


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which restorer, what is known of the pictures, and how they are computed."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--restorer", metavar="ID", help="an installed restorer that needs no training")
    which.add_argument("--bundle", metavar="DIR", type=Path, help="a trained restorer on disk")
    which.add_argument("--model", metavar="NAME@ALIAS", help="a registered model, as deblur@champion (burnish-flows)")
    parser.add_argument("--set", metavar="KEY=VALUE", nargs="+", action="extend", default=[], help="its settings")
    parser.add_argument("--kernel", metavar="FILE", type=Path, help="the blur: .npy, .txt, .csv or a picture")
    parser.add_argument(
        "--sigma", metavar="F", type=level, help="the noise's standard deviation in [0, 1], also as 25/255"
    )
    parser.add_argument(
        "--transfer",
        choices=("auto", "srgb", "linear", "icc"),
        default="auto",
        help="for deconvolution: how values stand for light; auto: by profile and kind of file (8 bit: srgb)",
    )
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto", help="default: auto")
    parser.add_argument("--tile", metavar="N", default="auto", help="pixels of a piece; 0: never cut; default: auto")
    parser.add_argument("--memory", metavar="MIB", type=positive, default=2048, help="working memory; default: 2048")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, …")
    add_allow_damaged(parser)


def _load(arguments: argparse.Namespace) -> Restorer:
    from burnish.inference import load_bundle, load_restorer, locate_model
    from burnish.plugins.configuration import parse_settings

    config = parse_settings(arguments.set)
    if arguments.restorer is not None:
        return load_restorer(arguments.restorer, config, device=arguments.device)
    folder = arguments.bundle if arguments.bundle is not None else locate_model(arguments.model)
    return load_bundle(folder, config, device=arguments.device)


def _record(loaded: Restorer, done: list[Restored]) -> dict[str, Any]:
    return {
        "restorer": loaded.id,
        "distribution": loaded.distribution,
        "version": loaded.version,
        "origin": loaded.origin,
        "device": str(loaded.device),
        "config": dict(loaded.config),
        "failed": sum(bool(restored.error) for restored in done),
        "pictures": [
            {
                "source": str(restored.source),
                "target": None if restored.error else str(restored.target),
                "seconds": round(restored.seconds, 4),
                "megapixels": restored.megapixels,
                "transfer": restored.transfer or None,
                "error": restored.error or None,
                "damage": restored.damage or None,
                "notes": list(restored.notes),
            }
            for restored in done
        ],
    }


def _light(done: list[Restored]) -> str:
    """By which curves values were taken for light, where the restorer works on light."""
    used = sorted({restored.transfer for restored in done} - {""})
    return f" (in linear light: {', '.join(used)})" if used else ""


def tile_size(text: str) -> Literal["auto"] | int:
    """What ``--tile`` says.

    Raises:
        UsageError: It is neither auto nor a number of pixels.
    """
    if text == "auto":
        return "auto"
    if not text.isdecimal():
        raise UsageError(f"--tile {text}: is neither auto nor a whole number of pixels; 0 never cuts")
    return int(text)
