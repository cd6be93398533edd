"""The argument parser that all sub-commands share: an example in each ``--help``, errors in one line with the mend."""

from __future__ import annotations

import argparse
import math
import os
from functools import partial
from typing import Any, NoReturn

from burnish.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` for one sub-command that raises ``UsageError`` where argparse prints and leaves."""

    def __init__(self, command: str, description: str, example: str) -> None:
        super().__init__(
            prog=f"burnish {command}",
            description=description,
            epilog=f"Example:\n  {example}",
            formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=_width()),
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise UsageError(f"{message}; see `{self.prog} --help`")


def level(text: str) -> float:
    """A noise's standard deviation in [0, 1], as ``0.1`` or ``25/255``; a type for argparse."""
    above, slash, below = text.partition("/")
    try:
        sigma = float(above) / float(below) if slash else float(text)
    except (ValueError, ZeroDivisionError) as error:
        raise argparse.ArgumentTypeError(f"{text} is no number; give one in [0, 1], as 0.1 or 25/255") from error
    if not 0 <= sigma <= 1:
        raise argparse.ArgumentTypeError(f"{text} is outside of [0, 1]; for 25 levels of 255 write 25/255")
    return sigma


def _width() -> int:
    """Columns of the terminal; asked here because argparse would import shutil (and three compressors) to ask it."""
    try:
        return os.get_terminal_size().columns - 2
    except OSError:
        return 118


def duration(text: str) -> float:
    """A finite number above 0, as argparse's ``type``."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a finite number above 0")
    return number


def seed(text: str) -> int:
    """A whole number from 0 to 4294967295, which every generator takes, as argparse's ``type``."""
    if not text.isdecimal() or len(text) > 10 or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 0 to {2**32 - 1}")
    return int(text)


def positive(text: str) -> int:
    """A whole number above 0, as argparse's ``type``."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no positive number")
    return int(text)


def natural(text: str) -> int:
    """A whole number, 0 or above, as argparse's ``type``."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number, 0 or above")
    return int(text)


def port(text: str) -> int:
    """A TCP port's number, 0 for any free one, as argparse's ``type``."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; give a whole number from 0 to 65535")
    return int(text)


def add_allow_damaged(parser: argparse.ArgumentParser) -> None:
    """``--allow-damaged``, which holds for every file that the command reads, in its workers, too."""
    parser.add_argument(
        "--allow-damaged", action=_AllowDamaged, help="work on what is left of damaged files, and say so"
    )


class _AllowDamaged(argparse.Action):
    def __init__(self, option_strings: list[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=False, **more)

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        os.environ["BURNISH_ALLOW_DAMAGED"] = "1"
        setattr(namespace, self.dest, True)
