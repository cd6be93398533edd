"""``burnish ship BUNDLE OUT``: add trained weights to a plugin's files, with a card of their origin."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli.parser import Command, Parser
from burnish.console.output import say
from burnish.errors import DataError, UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from burnish.evaluation import Scorecard
    from burnish.restorer.bundle import Bundle

CARD = "README.md"
USES = {"any": "The data allow any use, also commercial.", "research": "The data are for research only."}
"""What the license of the training's data may allow, and what the card says of it."""
SIZE_LIMIT = 3_000_000
"""Bytes of weights above which a wheel is no longer a place for them."""


def _parser() -> Parser:
    parser = Parser(
        "ship",
        "Add trained weights to a plugin's files, with a card: settings, data, recipe, figures, license.\n"
        f"Declare them with `weights` in the RestorerSpec. At most {SIZE_LIMIT / 1e6:.0f} MB; --large allows more.",
        "burnish ship bundles/denoise burnish_median/weights/small --trained-on 'own photographs, CC0'",
        "burnish ship bundles/denoise burnish_median/weights/small --trained-on DIV2K --half",
    )
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="the output of `burnish train`")
    parser.add_argument("out", metavar="OUT", type=Path, help="folder within the plugin's package")
    parser.add_argument("--trained-on", metavar="TEXT", required=True, help="the data, and their license")
    told = "what the license of the data allows: any use, also commercial, or research only"
    parser.add_argument("--data-use", choices=USES, help=told)
    parser.add_argument("--license", metavar="TEXT", default="Apache-2.0", help="of the weights (default: Apache-2.0)")
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
    cards = [_scorecard(path) for path in arguments.scorecard]
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
        lineage={
            "shipped": {"data": arguments.trained_on, "use": arguments.data_use or "", "license": arguments.license}
        },
    )
    numbers = sum(value.numel() for value in weights.values())
    stored = f"{size / 1e6:.2f} MB" + (" in 16 bits" if arguments.half else "")
    about = f"{numbers:,} numbers, {stored}"
    licence = " ".join(filter(None, (arguments.license + ".", USES.get(arguments.data_use, ""))))
    text = card(written, about=about, data=arguments.trained_on, licence=licence, scorecards=cards)
    (arguments.out / CARD).write_text(text, encoding="utf-8")
    say(f"{arguments.out}: {about}, with its card {CARD}")
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


def card(bundle: Bundle, *, about: str, data: str, licence: str, scorecards: Sequence[Scorecard] = ()) -> str:
    """The card as Markdown.

    Args:
        bundle: What is known about the weights.
        about: How many numbers they are, in how many bytes.
        data: What they were trained on.
        licence: Of the weights.
        scorecards: Measurements.
    """
    training, facts = bundle.training, bundle.training.get("facts", {})
    degrader = facts.get("degrader", {})
    lines = [f"# {bundle.restorer}: {training.get('model', 'weights')}", ""]
    lines += [f"{about}, trained with {bundle.distribution} {bundle.version}.", ""]
    lines += _table("setting", bundle.config)
    lines += ["## Data", "", data, ""]
    lines += _table("pictures", {**training.get("pictures", {}), **_prefixed("sha256 of ", facts.get("data", {}))})
    lines += ["## Recipe", "", f"Degraded by `{degrader.get('id', '?')}`.", ""]
    lines += _table("degrader", degrader.get("config", {}))
    lines += _table("training", facts.get("training", {}))
    known = ("steps", "best_step", "seconds", "validation", "device", "precision", "threads", "processes", "versions")
    lines += _table("run", {key: training[key] for key in known if training.get(key) is not None})
    lines += ["## Figures", "", *(_figures(scorecards) or ["None but the validation above.", ""])]
    lines += ["## Licence", "", licence]
    return "\n".join(lines) + "\n"


def _figures(scorecards: Iterable[Scorecard]) -> list[str]:
    rows = [
        f"| {result.benchmark} | {metric} | {_input(result.degraded.get(metric))} | {scores.mean:.4f} {scores.unit} "
        f"| {len(scores.per_image)} |"
        for one in scorecards
        for result in one.results.values()
        for metric, scores in result.scores.items()
    ]
    return ["| benchmark | metric | input | estimate | images |", "|---|---|---:|---:|---:|", *rows, ""] if rows else []


def _input(scores: Any) -> str:
    return f"{scores.mean:.4f}" if scores is not None else ""


def _table(head: str, values: Mapping[str, Any]) -> list[str]:
    if not values:
        return []
    return [f"| {head} | |", "|---|---|", *(f"| {key} | {_plain(value)} |" for key, value in values.items()), ""]


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _prefixed(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {prefix + key: value for key, value in values.items()}


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
