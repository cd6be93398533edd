"""``burnish new-plugin NAME``: write a complete, tested plugin as a starting point."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from burnish.cli.options import add_option, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.values import kind
from burnish.console.output import say
from burnish.errors import UsageError


def _parser() -> Parser:
    from burnish.cli.scaffold import KINDS

    parser = Parser(
        "new-plugin",
        "Write a complete, tested plugin as a starting point: declarations, implementations, tests, and metadata.",
        "burnish new-plugin burnish-median --kind restorer",
        "burnish new-plugin burnish-sharp --kind restorer --weights --also metric --also gate",
        "burnish new-plugin contrast --kind metric --out plugins/burnish-contrast --url https://example.org/contrast",
    )
    add_option(parser, "name", "lower case, digits and hyphens; with or without burnish-", metavar="NAME")
    told = ", ".join(KINDS)
    add_shared(parser, "--kind", told, choices=KINDS, required=True)
    told = "another kind in the same plugin, as of --kind; may be repeated"
    add_option(parser, "--also", told, metavar="KIND", type=kind, choices=KINDS, action="append")
    add_option(parser, "--weights", "the restorer is a network, whose weights ship in the package", action="store_true")
    add_option(parser, "--author", "who publishes it; default: the name that git knows", metavar="NAME")
    add_option(parser, "--url", "address of its repository", metavar="URL")
    add_shared(parser, "--out", "default: a folder named as the distribution")
    return parser


def _run(arguments: Namespace) -> int:
    """Write the plugin and print the next steps."""
    from burnish.cli import scaffold

    kinds = list(dict.fromkeys([arguments.kind, *(arguments.also or [])]))
    if arguments.weights and "restorer" not in kinds:
        raise UsageError("--weights is for restorers; give --kind restorer, too")
    for option, given in (("--author", arguments.author), ("--url", arguments.url)):
        if given and (not given.isprintable() or '"' in given or "\\" in given):
            raise UsageError(f"{option}: {given!r} has quotes or control characters; leave them out")
    author = scaffold.Author(name=arguments.author or scaffold.author_of_git(), url=arguments.url or "")
    texts = scaffold.files_of(arguments.name, kinds, author, weights=arguments.weights)
    short = arguments.name.removeprefix("burnish-")
    folder = arguments.out or Path(f"burnish-{short}")
    network = f"{short}/{short if kinds[0] == 'restorer' else f'{short}-restorer'}" if arguments.weights else ""
    for path in scaffold.write(folder, texts, network=network):
        say(str(path))
    first = f"burnish-{short}" if kinds == ["observer"] else f"{short}/{short}"
    say(f"next: pip install -e '{folder}[test]' && pytest {folder} && burnish check {first}")
    return 0


main = Command(_parser, _run)
