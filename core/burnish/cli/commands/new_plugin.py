"""``burnish new-plugin NAME``: write a complete, tested plugin as a starting point."""

from __future__ import annotations

import keyword
import re
import string
from argparse import Namespace
from pathlib import Path

from burnish.cli.options import add_option, add_shared
from burnish.cli.parser import Command, Parser
from burnish.console.output import say
from burnish.errors import UsageError
from burnish.io import scratch
from burnish.version import __version__

KINDS = ("restorer", "degrader", "metric", "learner", "gate", "command")
"""The kinds of plugin that there are templates for."""

TEMPLATES = Path(__file__).parent.parent / "templates"
"""``plugin/`` is for every kind, the others for one each; ``${name}`` and the like are filled in."""

FILES = {
    "pyproject.toml": "plugin/pyproject.toml.template",
    "README.md": "plugin/README.md.template",
    "LICENSE": "plugin/LICENSE.template",
    "CHANGELOG.md": "plugin/CHANGELOG.md.template",
    ".gitignore": "plugin/gitignore.template",
    ".github/workflows/test.yml": "plugin/test.yml.template",
    "{package}/__init__.py": "plugin/init.py.template",
    "{package}/plugin.py": "{kind}/plugin.py.template",
    "{package}/{module_name}.py": "{kind}/implementation.py.template",
    "tests/test_{module_name}.py": "{kind}/test.py.template",
}
"""File of the new plugin → its template."""

_TRY_IT = {
    "restorer": "burnish restore noisy.png clear.png --restorer {name}/{name}",
    "degrader": "burnish degrade clean.png spoiled.png --degrader {name}/{name} --seed 1",
    "learner": "burnish show {name}/{name}, then name it in a recipe: training: {{learner: {{id: {name}/{name}}}}}",
    "metric": "burnish evaluate --restorer burnish/identity --clean CLEAN --degraded SPOILED --metrics {name}/{name}",
    "gate": "burnish show {name}/{name}, then name it in a recipe: gates: [{{id: {name}/{name}}}]",
    "command": "burnish {name} photo.png",
}


def _parser() -> Parser:
    parser = Parser(
        "new-plugin",
        "Write a complete, tested plugin as a starting point: declaration, implementation, tests.",
        "burnish new-plugin burnish-median --kind restorer",
        "burnish new-plugin contrast --kind metric --out plugins/burnish-contrast",
    )
    add_option(parser, "name", "lower case, digits and hyphens; with or without burnish-", metavar="NAME")
    add_shared(parser, "--kind", ", ".join(KINDS), choices=KINDS, required=True)
    add_shared(parser, "--out", "default: a folder named as the distribution")
    return parser


def _run(arguments: Namespace) -> int:
    """Write the plugin and print the next steps."""
    names = name_all(arguments.name, arguments.kind)
    folder = arguments.out or Path(names["distribution"])
    written = write_plugin(folder, names)
    for path in written:
        say(str(path))
    say(f"next: pip install -e '{folder}[test]' && pytest {folder} && burnish check {names['name']}/{names['name']}")
    return 0


def name_all(name: str, kind: str) -> dict[str, str]:
    """All names that follow from the plugin's own: placeholder → text.

    Raises:
        UsageError: It cannot be the name of a distribution and of a Python module.
    """
    short = name.removeprefix("burnish-")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", short):
        raise UsageError(f"{name!r} has other than lower case, digits and single hyphens; call it median, or my-filter")
    module = short.replace("-", "_")
    if keyword.iskeyword(module) or short == "burnish":
        raise UsageError(f"{name!r} is a Python keyword or the host's own name; choose another name")
    if module == "plugin":
        raise UsageError("'plugin' is the name of the module with the declarations; name the plugin by its purpose")
    major, minor = (int(part) for part in __version__.split(".")[:2])
    return {
        "name": short,
        "kind": kind,
        "distribution": f"burnish-{short}",
        "package": f"burnish_{module}",
        "module_name": module,
        "class_name": "".join(part.capitalize() for part in short.split("-")),
        "host": f"{major}.{minor}",
        "next_host": f"{major}.{minor + 1}" if major == 0 else str(major + 1),
        "try_it": _TRY_IT[kind].format(name=short),
    }


def write_plugin(folder: Path, names: dict[str, str]) -> list[Path]:
    """Write all files, or none.

    Raises:
        UsageError: The folder exists and is not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: exists already and is never overwritten; choose another --out")
    texts = {
        target.format(**names): _filled(TEMPLATES / source.format(**names), names) for target, source in FILES.items()
    }
    texts[f"{names['package']}/py.typed"] = ""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch.folder_beside(folder) as workshop:
            fresh = workshop / "fresh"
            for target, text in texts.items():
                (fresh / target).parent.mkdir(parents=True, exist_ok=True)
                (fresh / target).write_text(text, "utf-8")
            fresh.replace(folder)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); choose another --out") from error
    return [folder / target for target in texts]


def _filled(template: Path, names: dict[str, str]) -> str:
    return string.Template(template.read_text("utf-8")).substitute(names)


main = Command(_parser, _run)
