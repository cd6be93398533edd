"""``burnish plugins``: every plugin with its state, version and reason."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from burnish.cli.options import add_printing
from burnish.cli.parser import Command, Parser
from burnish.cli.table import table
from burnish.console.output import answer, say
from burnish.plugins.host import PluginState, installed, strict


def _parser() -> Parser:
    parser = Parser(
        "plugins",
        "Every installed plugin, whether it is loaded, and if not, why.",
        "burnish plugins",
        "burnish plugins --json",
    )
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Print the plugins; exit status 1 when one does not load and ``BURNISH_STRICT`` is set."""
    host = installed()
    if arguments.json:
        answer({"plugins": [asdict(plugin) for plugin in host.plugins]})
    else:
        rows = [(p.distribution, p.version, p.state, _told(p)) for p in host.plugins]
        say(table(("distribution", "version", "state", "declares, or why not"), rows))
    return 1 if strict() and host.objections() else 0


main = Command(_parser, _run)


def _told(plugin: PluginState) -> str:
    return "; ".join(filter(None, (plugin.reason or _counts(plugin), plugin.remark(), *plugin.deprecated)))


def _counts(plugin: PluginState) -> str:
    kinds = [declared.partition(" ")[0] for declared in plugin.declares]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "observers only"
