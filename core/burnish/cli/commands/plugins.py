"""``burnish plugins``: every plugin with its state, version and reason."""

from __future__ import annotations

from dataclasses import asdict

from burnish.cli.options import Parser
from burnish.cli.table import table
from burnish.console.output import answer, say
from burnish.plugins.host import PluginState, installed, strict


def main(argv: list[str]) -> int:
    """Print the plugins; exit status 1 when one does not load and ``BURNISH_STRICT`` is set."""
    parser = Parser("plugins", "Every plugin with its state, version and reason.", "burnish plugins --json")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args(argv)
    host = installed()
    if arguments.json:
        answer({"plugins": [asdict(plugin) for plugin in host.plugins]})
    else:
        rows = [(p.distribution, p.version, p.state, p.reason or _counts(p)) for p in host.plugins]
        say(table(("distribution", "version", "state", "declares, or why not"), rows))
    return 1 if strict() and host.objections() else 0


def _counts(plugin: PluginState) -> str:
    kinds = [declared.partition(" ")[0] for declared in plugin.declares]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "observers only"
