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
from burnish.reporting.weights_card import CARD, card, known, numbers

if TYPE_CHECKING:
    from torch import nn

    from burnish.restorer.restorer import Restorer

SIDE = 48
"""Side in pixels of the picture on which the bundle is compared with the file."""


def _parser() -> Parser:
    parser = Parser(
        "import-weights",
        "Make a bundle of a file of weights, as another project publishes them: to restore and evaluate with\n"
        "--bundle, and to begin a recipe's training with (`initial`). It does not need the file any more.\n"
        "With --restorer, the weights of an installed network's own architecture; every tensor must fit.",
        "burnish import-weights 4xNomos.pth bundles/nomos --license CC-BY-4.0",
        "burnish import-weights model.onnx bundles/own",
        "burnish import-weights dncnn_25.pth bundles/dncnn --restorer dncnn --set norm=none --rename model.=layers.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the weights: .pth, .safetensors, .onnx, …")
    parser.add_argument("out", metavar="OUT", type=Path, help="the bundle's folder")
    add_shared(parser, "--restorer", "default: the one that is made of such files")
    add_shared(parser, "--set")
    fitted = parser.add_argument_group("for the weights of an installed network (--restorer)")
    fitted.add_argument(
        "--rename", metavar="OLD=NEW", action="append", default=[],
        help="names that begin with OLD begin with NEW; may be given several times (module.= drops module.)",
    )  # fmt: skip
    fitted.add_argument(
        "--zero", metavar="NAME", action="append", default=[],
        help="a bias of the network that the file does not have: it is zero; may be given several times",
    )  # fmt: skip
    fitted.add_argument("--key", metavar="NAME", default="", help="of several dictionaries in the file, this one")
    told = parser.add_argument_group("what is known of them; what is not given, the card calls not stated")
    told.add_argument("--license", metavar="TEXT", default="", help="of the weights")
    told.add_argument("--source", metavar="TEXT", default="", help="where the file is from: project, address, revision")
    add_shared(told, "--trained-on")
    return parser


def _run(arguments: Namespace) -> int:
    """Write the bundle and its card; prove what restores by the file itself on a picture."""
    from burnish.inference import load_bundle
    from burnish.plugins.configuration import parse_settings
    from burnish.plugins.declarations import FILE
    from burnish.restorer.bundle import write_bundle

    settings = parse_settings(arguments.set)
    loaded, module = (_fitted if _is_fitted(arguments) else _made_of_file)(arguments, settings)
    # What the file tells is written down, so that other weights are refused where these are meant.
    told = {key: getattr(module, key, None) if value is None else value for key, value in loaded.config.items()}
    told |= {FILE: ""} if FILE in told else {}
    about = {
        "file": arguments.file.name,
        "sha256": hashlib.sha256(arguments.file.read_bytes()).hexdigest(),
        "license": arguments.license,
        "source": arguments.source,
        "data": known(arguments.trained_on),
    }
    written = write_bundle(
        arguments.out,
        restorer=loaded.id,
        config=told,
        weights=module.state_dict(),
        distribution=loaded.distribution,
        version=loaded.version,
        lineage={"imported": about},
    )
    _prove(loaded, load_bundle(arguments.out, device="cpu"))
    (arguments.out / CARD).write_text(card(written, about=numbers(module.state_dict())), encoding="utf-8")
    facts = [f"{key} {value}" for key, value in told.items() if key != FILE and value is not None]
    facts += [f"{loaded.parameters:,} parameters"] if loaded.parameters else []
    say(f"{arguments.out}: {', '.join([loaded.id, *facts])}, with its card {CARD}")
    return 0


main = Command(_parser, _run)


def _is_fitted(arguments: Namespace) -> bool:
    """Whether the weights are for a network that is not itself made of such files."""
    from burnish.plugins.catalog import installed
    from burnish.plugins.declarations import RestorerSpec

    spec = installed().get("restorers", arguments.restorer).spec if arguments.restorer else None
    fitted = isinstance(spec, RestorerSpec) and not spec.suffixes
    if not fitted and (arguments.rename or arguments.zero or arguments.key):
        raise UsageError(
            "--rename, --zero and --key are for the weights of an installed network; name it with --restorer"
        )
    return fitted


def _fitted(arguments: Namespace, settings: dict[str, object]) -> tuple[Restorer, nn.Module]:
    """The installed network with the weights of the file."""
    from torch import nn

    from burnish.inference import load_restorer
    from burnish.inference.loading.foreign import fill_foreign, read_weights, renamed

    loaded = load_restorer(arguments.restorer, settings, device="cpu", untrained=True)
    if not isinstance(loaded.restorer, nn.Module) or not loaded.restorer.state_dict():
        raise UsageError(f"{loaded.id} is no network; name one that has weights")
    renames = [_rename(text) for text in arguments.rename]
    weights = renamed(read_weights(arguments.file, arguments.key), renames, arguments.file)
    fill_foreign(loaded.restorer, weights, zero=arguments.zero, path=arguments.file, subject=loaded.id)
    return loaded, loaded.restorer


def _rename(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not old or not equals:
        raise UsageError(f"--rename {text}: give OLD=NEW, as module.=")
    return old, new


def _made_of_file(arguments: Namespace, settings: dict[str, object]) -> tuple[Restorer, nn.Module]:
    """The restorer that is made of the file."""
    from torch import nn

    from burnish.inference import load_restorer
    from burnish.plugins.declarations import FILE

    loaded = load_restorer(
        arguments.restorer or str(arguments.file), {**settings, FILE: str(arguments.file)}, device="cpu"
    )
    if not isinstance(loaded.restorer, nn.Module) or not loaded.restorer.state_dict():
        raise UsageError(
            f"{arguments.file}: {loaded.id} holds no weights that a bundle could keep (do they lie in other files?); "
            "use it with --restorer, or put them into this file"
        )
    return loaded, loaded.restorer


def _prove(one: Restorer, other: Restorer) -> None:
    """Both give the same estimate of a picture of noise."""
    import torch

    picture = torch.rand(1, one.channels[0], SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    if not torch.equal(one(picture), other(picture)):
        raise BundleError(
            f"{other.origin}: restores otherwise than {one.origin}, since {one.id} makes another network of the same "
            f"weights; report it to the authors of {one.distribution}"
        )
