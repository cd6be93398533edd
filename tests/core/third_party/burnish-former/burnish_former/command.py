"""The command ``burnish former-command``: facts about a picture, as a starting point."""

from argparse import Namespace
from pathlib import Path

from burnish.cli import Command, Parser, add_shared
from burnish.console import answer, say


def _parser() -> Parser:
    """The options. Every option needs a help text; ``add_shared`` adds those that other commands have, too."""
    parser = Parser(
        "former-command",
        "Print width, height and mean of a picture.",
        "burnish former-command photo.png",
        "burnish former-command photo.png --json",
    )
    parser.add_argument("picture", metavar="PICTURE", type=Path, help="the file")
    add_shared(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Do it, and return the exit status. Errors of burnish (``burnish.errors``) are printed by the host in one line."""
    from burnish.io import read_picture, to_tensor  # here: so that --help need not wait for torch

    values = to_tensor(read_picture(arguments.picture))
    height, width, mean = values.shape[-2], values.shape[-1], float(values.mean())
    if arguments.json:
        answer({"width": width, "height": height, "mean": mean})  # JSON for programs
    else:
        say(f"{width} × {height} pixels, mean {mean:.3f}")  # a line for people
    return 0


main = Command(_parser, _run)
