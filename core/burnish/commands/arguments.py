"""The argument parser that all sub-commands share: an example in each ``--help``, errors in one line with the mend."""

from __future__ import annotations

import argparse
from typing import NoReturn

from burnish.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` for one sub-command that raises ``UsageError`` where argparse prints and leaves."""

    def __init__(self, command: str, description: str, example: str) -> None:
        super().__init__(
            prog=f"burnish {command}",
            description=description,
            epilog=f"Example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise UsageError(f"{message}; see `{self.prog} --help`")
