"""The command line ``burnish``: its entry, the options that commands share, and one module for each command."""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.cli.options import Parser, duration, natural

__all__ = ["Parser", "duration", "natural"]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.cli.options": "Parser duration natural",
    },
)
