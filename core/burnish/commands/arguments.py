"""The argument parser that all sub-commands share: an example in each ``--help``, errors in one line with the mend."""

from __future__ import annotations

import argparse
import os
from functools import partial
from typing import NoReturn

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


def _width() -> int:
    """Columns of the terminal; asked here because argparse would import shutil (and three compressors) to ask it."""
    try:
        return os.get_terminal_size().columns - 2
    except OSError:
        return 118
