"""``burnish doctor``: checks this installation, and reports faults with their fixes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import entry_points

from burnish.cli.options import add_printing
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say
from burnish.installation import machine, versions
from burnish.installation.finding import GROUP, Check, Finding
from burnish.plugins.declarations import RestorerSpec
from burnish.plugins.guard import deaths
from burnish.plugins.host import installed
from burnish.plugins.packages import lacking


def _parser() -> Parser:
    parser = Parser(
        "doctor",
        "Check this installation: versions that do not fit together, plugins, device, disk and stores.\n"
        "Each fault is told with what mends it.",
        "burnish doctor",
        "burnish doctor --json",
    )
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Print the findings; exit status 1 when one is bad."""
    checks: tuple[Check, ...] = (
        machine.python, _plugins, machine.device, machine.disk, _packages, _requirements, versions.known_broken,
        versions.torchvision, _of_others,
    )  # fmt: skip
    findings = [finding for check in checks for finding in check()]
    if arguments.json:
        answer({"findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            mend = f"; {finding.mend}" if finding.mend and not finding.good else ""
            mark = "ok  " if finding.good else "off " if finding.optional else "note" if finding.note else "BAD "
            say(f"{mark} {finding.name}: {finding.fact}{mend}")
    return 0 if all(finding.good or finding.optional or finding.note for finding in findings) else 1


main = Command(_parser, _run)


def _plugins() -> Iterator[Finding]:
    """Every plugin; those that ended an earlier process are tried again."""
    deaths.try_again(deaths.folder())
    for plugin in installed().plugins:
        yield Finding(
            name=f"plugin {plugin.distribution}",
            good=plugin.state in {"loaded", "blocked"},
            fact=f"{plugin.version} {plugin.state}" + (f": {plugin.reason}" if plugin.reason else ""),
            mend="update or uninstall it, or name it in BURNISH_BLOCK",
        )
        for told in plugin.deprecated:
            mend = "update it, or tell its author"
            yield Finding(name=f"plugin {plugin.distribution}", good=False, fact=told, mend=mend, note=True)
        if remark := plugin.remark():
            mend = "every command waits for it; its plugin.py can name implementations as text and import nothing"
            yield Finding(name=f"plugin {plugin.distribution}", good=False, fact=remark, mend=mend, note=True)


def _packages() -> Iterator[Finding]:
    """What restorers need and their distributions do not require; if it is absent, the restorer is only off."""
    for entry in installed().entries:
        if not isinstance(entry.spec, RestorerSpec) or not entry.spec.packages:
            continue
        if one := lacking(entry.spec.packages):
            name = f"{one.name} for {entry.id}"
            yield Finding(name=name, good=False, fact=one.fact, mend=one.mend, optional=one.absent)
        else:
            yield Finding(name=f"{', '.join(entry.spec.packages)} for {entry.id}", good=True, fact="can be imported")


def _requirements() -> Iterator[Finding]:
    """What the host and the plugins require, and do not find."""
    yield from versions.unmet(dict.fromkeys(["burnish", *(plugin.distribution for plugin in installed().plugins)]))


def _of_others() -> Iterator[Finding]:
    """What other distributions examine of their own, such as the stores of flows."""
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            check: Check = point.load()
            yield from check()
        except Exception as error:
            fact = f"its check failed ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
            yield Finding(name=point.name, good=False, fact=fact, mend="reinstall it")
