"""The command line ``burnish``: its entry, the options that commands share, and one module for each command."""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.cli.options import add_shared
    from burnish.cli.parser import Command, Parser
    from burnish.cli.values import duration, natural

__all__ = ["Command", "Parser", "add_shared", "duration", "natural"]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.cli.options": "add_shared",
        "burnish.cli.parser": "Command Parser",
        "burnish.cli.values": "duration natural",
    },
)
