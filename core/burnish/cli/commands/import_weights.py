"""``burnish import-weights FILE OUT``: make a bundle of a file of weights, as another project publishes them."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import add_shared
from burnish.cli.parser import Command, Parser
from burnish.console.output import say
from burnish.errors import BundleError, UsageError

if TYPE_CHECKING:
    from burnish.restorer.restorer import Restorer

SIDE = 48
"""Side in pixels of the picture on which the bundle is compared with the file."""


def _parser() -> Parser:
    parser = Parser(
        "import-weights",
        "Make a bundle of a file of weights, as another project publishes them: to restore and evaluate with\n"
        "--bundle, and to begin a recipe's training with (`initial`). It does not need the file any more.",
        "burnish import-weights 4xNomos.pth bundles/nomos --license CC-BY-4.0",
        "burnish import-weights model.onnx bundles/own",
        "burnish evaluate --bundle bundles/nomos --benchmark set5-x4 --clean Set5",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the weights, in a file that a restorer is made of")
    parser.add_argument("out", metavar="OUT", type=Path, help="the bundle's folder")
    add_shared(parser, "--restorer", "default: the one that is made of such files")
    add_shared(parser, "--set")
    parser.add_argument("--license", metavar="TEXT", default="", help="of the weights")
    return parser


def _run(arguments: Namespace) -> int:
    """Write the bundle, and prove it on a picture."""
    from torch import nn

    from burnish.inference import load_bundle, load_restorer
    from burnish.plugins.configuration import parse_settings
    from burnish.plugins.declarations import FILE
    from burnish.restorer.bundle import write_bundle

    settings = parse_settings(arguments.set)
    name = arguments.restorer or str(arguments.file)
    loaded = load_restorer(name, {**settings, FILE: str(arguments.file)}, device="cpu")
    if not isinstance(loaded.restorer, nn.Module) or not loaded.restorer.state_dict():
        raise UsageError(
            f"{arguments.file}: {loaded.id} holds no weights that a bundle could keep (do they lie in other files?); "
            "use it with --restorer, or put them into this file"
        )
    # What the file tells is written down, so that other weights are refused where these are meant.
    told = {
        key: getattr(loaded.restorer, key, None) if value is None else value for key, value in loaded.config.items()
    }
    content = hashlib.sha256(arguments.file.read_bytes()).hexdigest()
    write_bundle(
        arguments.out,
        restorer=loaded.id,
        config={**told, FILE: ""},
        weights=loaded.restorer.state_dict(),
        distribution=loaded.distribution,
        version=loaded.version,
        lineage={"imported": {"file": arguments.file.name, "sha256": content, "license": arguments.license}},
    )
    _prove(loaded, load_bundle(arguments.out, device="cpu"))
    facts = [f"{key} {value}" for key, value in told.items() if key != FILE and value is not None]
    facts += [f"{loaded.parameters:,} parameters"] if loaded.parameters else []
    say(f"{arguments.out}: {', '.join([loaded.id, *facts])}")
    return 0


main = Command(_parser, _run)


def _prove(one: Restorer, other: Restorer) -> None:
    """Both give the same estimate of a picture of noise."""
    import torch

    picture = torch.rand(1, one.channels[0], SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    if not torch.equal(one(picture), other(picture)):
        raise BundleError(
            f"{other.origin}: restores otherwise than {one.origin}, since {one.id} makes another network of the same "
            f"weights; report it to the authors of {one.distribution}"
        )
