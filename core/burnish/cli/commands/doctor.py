"""``burnish doctor``: checks this installation, and reports faults with their fixes."""

from __future__ import annotations

import platform
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from burnish.cli.options import add_printing
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say
from burnish.plugins.declarations import RestorerSpec
from burnish.plugins.guard import deaths
from burnish.plugins.host import installed
from burnish.plugins.packages import lacking
from burnish.version import __version__


@dataclass(frozen=True, kw_only=True)
class Examined:
    """One thing that was looked at."""

    name: str
    good: bool
    fact: str
    mend: str = ""
    optional: bool = False
    """Something that is not there, and need not be."""
    note: bool = False
    """Something that works, and could be better."""


KNOWN_BROKEN: tuple[tuple[str, str, str], ...] = (
    ("fastapi", "0.151", "Prefect 3.8 fails on the first flow run"),
    ("sqlalchemy", "2.1", "Prefect never creates scheduled runs and loses task records"),
)
"""Distribution, first version known not to work together with Prefect 3.8, and how that shows."""


def _parser() -> Parser:
    parser = Parser(
        "doctor",
        "Check this installation: versions, plugins, device, stores.",
        "burnish doctor",
        "burnish doctor --json",
    )
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Print the findings; exit status 1 when one is bad."""
    checks: tuple[Callable[[], Iterator[Examined]], ...] = (_python, _plugins, _device, _packages, _pins)
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


def _python() -> Iterator[Examined]:
    version = platform.python_version_tuple()
    good = (int(version[0]), int(version[1])) >= (3, 11)
    yield Examined(
        name="python",
        good=good,
        fact=f"{platform.python_version()}, burnish {__version__}",
        mend="install Python 3.11 or newer",
    )


def _plugins() -> Iterator[Examined]:
    """Every plugin; those that ended an earlier process are tried again."""
    deaths.try_again(deaths.folder())
    for plugin in installed().plugins:
        yield Examined(
            name=f"plugin {plugin.distribution}",
            good=plugin.state in {"loaded", "blocked"},
            fact=f"{plugin.version} {plugin.state}" + (f": {plugin.reason}" if plugin.reason else ""),
            mend="update or uninstall it, or name it in BURNISH_BLOCK",
        )
        if remark := plugin.remark():
            mend = "every command waits for it; its plugin.py can name implementations as text and import nothing"
            yield Examined(name=f"plugin {plugin.distribution}", good=False, fact=remark, mend=mend, note=True)


def _device() -> Iterator[Examined]:
    try:
        import torch
    except Exception as error:
        fact = f"cannot be imported: {' '.join(str(error).split())}"
        yield Examined(name="torch", good=False, fact=fact, mend="reinstall torch")
        return
    from burnish.training.resources.runtime import available_cores

    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else f"CPU, {available_cores()} cores"
    yield Examined(name="torch", good=True, fact=f"{torch.__version__} on {device}")


def _packages() -> Iterator[Examined]:
    """What restorers need and their distributions do not require; if it is absent, the restorer is only off."""
    for entry in installed().entries:
        if not isinstance(entry.spec, RestorerSpec) or not entry.spec.packages:
            continue
        if one := lacking(entry.spec.packages):
            name = f"{one.name} for {entry.id}"
            yield Examined(name=name, good=False, fact=one.fact, mend=one.mend, optional=one.absent)
        else:
            yield Examined(name=f"{', '.join(entry.spec.packages)} for {entry.id}", good=True, fact="can be imported")


def _pins() -> Iterator[Examined]:
    from importlib.metadata import PackageNotFoundError, version

    for distribution, bound, symptom in KNOWN_BROKEN:
        try:
            found = version(distribution)
            version("prefect")
        except PackageNotFoundError:
            continue
        good = _release(found) < _release(bound)
        mend = f"{symptom}: pip install '{distribution}<{bound}'"
        yield Examined(name=distribution, good=good, fact=f"{found} (must be below {bound})", mend=mend)


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
