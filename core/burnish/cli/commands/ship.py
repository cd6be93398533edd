"""``burnish ship BUNDLE OUT``: add trained weights to a plugin's files, with a card of their origin."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli.options import add_shared
from burnish.cli.parser import Command, Parser
from burnish.console.output import say, tell
from burnish.errors import DataError, UsageError
from burnish.reporting.weights_card import CARD, UNKNOWN, USES, card, known, measured, numbers

if TYPE_CHECKING:
    from torch import Tensor

    from burnish.evaluation import Scorecard
    from burnish.restorer.bundle import Bundle

SIZE_LIMIT = 3_000_000
"""Bytes of weights above which a wheel is no longer a place for them."""


def _parser() -> Parser:
    parser = Parser(
        "ship",
        "Add trained weights to a plugin's files, with a card: settings, data, recipe, figures, license.\n"
        "What is not known of them, the card calls not stated.\n"
        f"Declare them with `weights` in the RestorerSpec. At most {SIZE_LIMIT / 1e6:.0f} MB; --large allows more.",
        "burnish ship bundles/denoise burnish_median/weights/small --trained-on 'own photographs, CC0' "
        "--license CC0-1.0",
        "burnish ship bundles/denoise burnish_median/weights/small --trained-on DIV2K --half",
    )
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="the output of `burnish train` or `import-weights`")
    parser.add_argument("out", metavar="OUT", type=Path, help="folder within the plugin's package")
    add_shared(parser, "--trained-on")
    told = "what the license of the data allows: any use, also commercial, or research only"
    parser.add_argument("--data-use", choices=USES, help=told)
    licensed = "of the weights; default: what the import said, else not stated"
    parser.add_argument("--license", metavar="TEXT", default="", help=licensed)
    parser.add_argument(
        "--scorecard", metavar="FILE", type=Path, action="append", default=[],
        help="scorecard.json of `burnish evaluate --out`; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--half",
        action="store_true",
        help="store the weights in 16 bits, half the bytes; measure them again afterwards",
    )
    parser.add_argument("--large", action="store_true", help="allow more than 3 MB")
    parser.formerly("--data", "--trained-on")
    parser.formerly("--licence", "--license")
    return parser


def _run(arguments: Namespace) -> int:
    """Copy the bundle and write its card."""
    from burnish.restorer.bundle import bundle_weights, read_bundle, write_bundle

    bundle, weights = read_bundle(arguments.bundle), bundle_weights(arguments.bundle)
    if arguments.half:
        weights = {name: halved(value, f"{arguments.bundle}: {name}") for name, value in weights.items()}
    size = sum(value.numel() * value.element_size() for value in weights.values())
    if size > SIZE_LIMIT and not arguments.large:
        raise UsageError(
            f"{arguments.bundle}: has {size / 1e6:.1f} MB of weights; add --large to put them into a wheel"
        )
    cards = {path: _scorecard(path) for path in arguments.scorecard}
    for path, one in cards.items():
        _refuse_others(path, one, bundle, weights)
    origin = _origin(bundle)
    imported = origin.get("imported", {})
    data = _data(arguments, imported)
    license = arguments.license or imported.get("license", "")
    written = write_bundle(
        arguments.out,
        restorer=bundle.restorer,
        config=bundle.config,
        weights=weights,
        distribution=bundle.distribution,
        version=bundle.version,
        training=bundle.training,
        figures=bundle.figures,
        compression=bundle.compression,
        lineage={**origin, "shipped": {"data": data, "use": arguments.data_use or "", "license": license}},
    )
    about = numbers(weights)
    text = card(
        written, about=about, data=data, use=arguments.data_use or "", license=license,
        scorecards=[*cards.values()],
    )  # fmt: skip
    (arguments.out / CARD).write_text(text, encoding="utf-8")
    say(f"{arguments.out}: {about}, with its card {CARD}")
    if not license:
        tell(f"{arguments.out}: the license of the weights is not stated; give it with --license if you know it")
    return 0


main = Command(_parser, _run)


def halved(value: Tensor, subject: str) -> Tensor:
    """float32 or float64 as float16, within 1/2048 of each number above 6e-5; other types unchanged.

    Raises:
        UsageError: A number is beyond float16's range; the message begins with ``subject``.
    """
    import torch

    if value.dtype not in (torch.float32, torch.float64):
        return value
    small = value.half()
    if bool(small.isinf().any()):
        raise UsageError(
            f"{subject} contains {value.abs().max():.3g}, which 16 bits cannot hold; ship them without --half"
        )
    return small


def _data(arguments: Namespace, imported: Mapping[str, Any]) -> str:
    """What the weights were trained on; empty: unknown."""
    said: str = arguments.trained_on or imported.get("data", "")
    if not said:
        raise UsageError(f"say with --trained-on which data the weights of {arguments.bundle} saw, or {UNKNOWN}")
    return known(said)


def _origin(bundle: Bundle) -> dict[str, Any]:
    """Of the lineage what says whose weights they are; folders and machines stay here."""
    whose = ("imported", "shipped")
    began = {key: value for key, value in bundle.lineage.get("initial", {}).items() if key in whose}
    return {
        **({"imported": bundle.lineage["imported"]} if "imported" in bundle.lineage else {}),
        **({"initial": began} if began else {}),
    }


def _refuse_others(path: Path, card: Scorecard, bundle: Bundle, weights: Mapping[str, Tensor]) -> None:
    """A scorecard must be of this restorer and, where it says, of these weights, as they are shipped or were before."""
    from burnish.restorer.bundle import weights_hash

    if card.restorer != bundle.restorer:
        raise UsageError(f"{path}: is of {card.restorer}, not of {bundle.restorer}; give a scorecard of these weights")
    if measured(card) not in ("", bundle.weights_sha256, weights_hash(weights)):
        raise UsageError(f"{path}: is of other weights; measure these (`burnish evaluate --bundle … --out`)")


def _scorecard(path: Path) -> Scorecard:
    from pydantic import ValidationError

    from burnish.evaluation import Scorecard

    try:
        return Scorecard.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); give a scorecard that `burnish evaluate` wrote"
        ) from error
    except ValidationError as error:
        raise DataError(f"{path}: is not a scorecard; give the scorecard.json of `burnish evaluate --out`") from error
