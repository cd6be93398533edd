"""A new plugin's files, filled in from templates: one part for each kind of thing that it declares."""

from __future__ import annotations

import keyword
import re
import shutil
import string
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from burnish.errors import UsageError
from burnish.io import scratch
from burnish.version import __version__

PICTURE = "docs/picture.jpg"
"""Of the README, where the plugin has the median filter of the template: before and after."""

TEMPLATES = Path(__file__).parent / "templates"
"""``plugin/`` is for every plugin, the others for one kind each; ``${name}`` and the like are filled in."""

KINDS = ("restorer", "degrader", "metric", "learner", "gate", "benchmark", "observer", "format", "command")
"""The kinds that there are templates for; ``network`` is a restorer with weights."""

_IMPORTS = {
    "restorer": "RestorerSpec",
    "degrader": "DegraderSpec",
    "metric": "MetricSpec",
    "learner": "LearnerSpec",
    "gate": "GateSpec",
    "benchmark": "BenchmarkSpec",
    "format": "FormatSpec",
    "command": "CommandSpec",
}
_TRY_IT = {
    "restorer": "burnish restore noisy.png clear.png --restorer {id}",
    "degrader": "burnish degrade clean.png spoiled.png --degrader {id} --seed 1",
    "learner": "# in a recipe: training: {{learner: {{id: {id}}}}}",
    "metric": "burnish evaluate --restorer burnish/identity --clean CLEAN --degraded SPOILED --metrics {id}",
    "gate": "# in a recipe: gates: [{{id: {id}}}]",
    "benchmark": "burnish evaluate --restorer classical/median --benchmark {id} --clean CLEAN",
    "format": "burnish restore photo.pfm restored.png --restorer burnish/identity",
    "observer": "{variable}=decisions.jsonl burnish retrain recipe.yaml",
    "command": "burnish {spec} photo.png",
}
_WIDTH = 120
"""Characters of a line, as in the ``pyproject.toml`` that is written."""
_LIGHT = {"observer", "benchmark"}
"""The kinds that compute nothing themselves, so that a plugin of them alone does not require torch."""
_PURPOSE = {
    "benchmark": "",
    "observer": "what is done with a decision",
    "command": "the command itself",
}


_VERSION = "0.1.0"
"""Of a new plugin."""
_FEATURES = 16
"""Of the template's network."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that the plugin declares."""

    kind: str
    """One of ``KINDS``."""
    template: str
    """Folder of its templates."""
    names: Mapping[str, str]
    """Placeholder → text, those of the plugin included."""


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who publishes the plugin, and where."""

    name: str
    url: str = ""
    """Address of its repository; empty: not known yet."""


def files_of(name: str, kinds: Sequence[str], author: Author, *, weights: bool = False) -> dict[str, str]:
    """Path within the plugin's folder → text, of every file.

    Args:
        name: Of the distribution, with or without ``burnish-``.
        kinds: Some of ``KINDS``, each once. The first has the plugin's own name, the others with the kind behind it.
        author: For the metadata.
        weights: A restorer that is a network, with a bundle of weights in the package.

    Raises:
        UsageError: The name cannot be that of a distribution and of a module.
    """
    shared = _shared(name, author)
    parts = [_part(kind, shared, alone=len(kinds) == 1, first=kind == kinds[0], weights=weights) for kind in kinds]
    whole = {**shared, **_summed_up(parts, shared)}
    package = shared["package"]
    texts = {
        "pyproject.toml": _filled("plugin/pyproject.toml", whole),
        "README.md": _filled("plugin/README.md", whole),
        "CHANGELOG.md": _filled("plugin/CHANGELOG.md", whole),
        "LICENSE": (TEMPLATES / "plugin/LICENSE.template").read_text("utf-8"),
        ".gitignore": _filled("plugin/gitignore", whole),
        ".github/workflows/test.yml": _filled("plugin/test.yml", whole),
        f"{package}/__init__.py": _filled("plugin/init.py", whole),
        f"{package}/py.typed": "",
        f"{package}/plugin.py": _filled("plugin/plugin.py", whole),
    }
    for part in parts:
        module = part.names["module"]
        if (TEMPLATES / part.template / "implementation.py.template").exists():
            texts[f"{package}/{module}.py"] = _filled(f"{part.template}/implementation.py", part.names)
        texts[f"tests/test_{module}.py"] = _filled(f"{part.template}/test.py", part.names)
        if part.template == "network":
            texts["recipe.yaml"] = _filled("network/recipe.yaml", part.names)
            texts[f"{package}/weights/first/README.md"] = _filled("network/card.md", part.names)
    return texts


def write(folder: Path, texts: Mapping[str, str], *, network: str = "") -> list[Path]:
    """Write all files, or none, with the picture that the README shows; return their paths.

    Args:
        folder: The plugin's, which must not exist, or be empty.
        texts: As ``files_of`` gives them.
        network: Id of the restorer that gets a bundle of untrained weights; empty: none does.

    Raises:
        UsageError: The folder exists and is not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: exists already and is never overwritten; choose another --out")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch.folder_beside(folder) as workshop:
            fresh = workshop / "fresh"
            for target, text in texts.items():
                (fresh / target).parent.mkdir(parents=True, exist_ok=True)
                (fresh / target).write_text(text, "utf-8")
            if PICTURE in texts["README.md"]:
                (fresh / PICTURE).parent.mkdir()
                shutil.copyfile(TEMPLATES / "restorer/picture.jpg", fresh / PICTURE)
            if network:
                card = next(fresh.glob("*/weights/first/README.md"))
                _write_untrained(card.parent, network)
            fresh.replace(folder)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); choose another --out") from error
    more = [PICTURE] if PICTURE in texts["README.md"] else []
    return [folder / target for target in [*texts, *more]]


def author_of_git() -> str:
    """The name that git knows, or one to be replaced."""
    try:
        done = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return "the author"
    name = "".join(letter for letter in done.stdout.strip() if letter.isprintable() and letter not in '"\\')
    return name or "the author"


def _shared(name: str, author: Author) -> dict[str, str]:
    """All names that follow from the plugin's own."""
    short = name.removeprefix("burnish-")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", short):
        raise UsageError(f"{name!r} has other than lower case, digits and single hyphens; call it median, or my-filter")
    module = short.replace("-", "_")
    if keyword.iskeyword(module) or short == "burnish":
        raise UsageError(f"{name!r} is a Python keyword or the host's own name; choose another name")
    if module == "plugin":
        raise UsageError("'plugin' is the name of the module with the declarations; name the plugin by its purpose")
    major, minor = (int(part) for part in __version__.split(".")[:2])
    address = f'Repository = "{author.url}"' if author.url else '# Repository = "the address of your repository"'
    return {
        "name": short,
        "distribution": f"burnish-{short}",
        "package": f"burnish_{module}",
        "module_name": module,
        "class_name": "".join(part.capitalize() for part in short.split("-")),
        "variable": f"BURNISH_{module.upper()}_FILE",
        "host": f"{major}.{minor}",
        "next_host": str(major + 1),
        "author": author.name,
        "urls": address,
    }


def _part(kind: str, shared: Mapping[str, str], *, alone: bool, first: bool, weights: bool) -> Part:
    spec = shared["name"] if first else f"{shared['name']}-{kind}"
    names = {**shared, "kind": kind, "spec": spec, "id": f"{shared['name']}/{spec}"}
    names["module"] = shared["module_name"] if alone else kind
    return Part(kind=kind, template="network" if weights and kind == "restorer" else kind, names=names)


def _summed_up(parts: Sequence[Part], shared: Mapping[str, str]) -> dict[str, str]:
    """The placeholders of the plugin's own files that depend on all parts."""
    what = [f"the {part.kind} `{part.names['id']}`" for part in parts if part.kind != "observer"]
    what += ["an observer of promotions"] if any(part.kind == "observer" for part in parts) else []
    told = f"{', '.join(what[:-1])} and {what[-1]}" if len(what) > 1 else what[0]
    network = next((part for part in parts if part.template == "network"), None)
    light = all(part.kind in _LIGHT for part in parts)
    return {
        "what": told.replace("`", ""),
        "headline": f"For burnish: {told}.",
        "imports": _imports([part.kind for part in parts]),
        "declarations": "\n\n".join(_filled(f"{part.template}/declaration.py", part.names) for part in parts),
        "commands": "\n".join(line for part in parts for line in _commands(part)),
        "files": "\n".join(line for part in parts for line in _rows(part)),
        "picture": _SHOWN if any(part.template == "restorer" for part in parts) else "",
        "more": _filled("network/readme.md", network.names) if network else "",
        "extra": "" if light else "[torch]",
        "test_needs": '"pytest>=8"' + (', "burnish[train]"' if any(p.kind == "learner" for p in parts) else ""),
    }


_SHOWN = f"""
![Left with random black and white pixels, right restored]({PICTURE})
"""


def _imports(kinds: Sequence[str]) -> str:
    specs = sorted(_IMPORTS[kind] for kind in kinds if kind in _IMPORTS)
    names = [*specs, "hookimpl"]
    line = f"from burnish import {', '.join(names)}"
    if len(line) > _WIDTH:
        line = "\n".join(["from burnish import (", *(f"    {name}," for name in names), ")"])
    lines = [line]
    if specs:
        lines.insert(0, "from collections.abc import Iterator\n")
    if "observer" in kinds:
        lines[0:0] = ["from __future__ import annotations\n", "import os"]
        lines.insert(-1, "from pathlib import Path\nfrom typing import TYPE_CHECKING\n")
        lines.append("\nif TYPE_CHECKING:\n    from burnish.events import PromotionDecided")
    return "\n".join(lines).replace("import Iterator\n\nfrom pathlib", "import Iterator\nfrom pathlib")


def _commands(part: Part) -> list[str]:
    names = part.names
    weights = ":first" if part.template == "network" else ""
    tried = _TRY_IT[part.kind].format(**names) + weights
    if part.kind == "observer":
        return [f"burnish check {names['distribution']}", tried]
    asked = f"{names['id']} --kind {part.kind}"
    return [f"burnish show {asked}", f"burnish check {asked}", tried]


def _rows(part: Part) -> list[str]:
    names = part.names
    purpose = _PURPOSE.get(part.kind, f"the {part.kind} itself: put your method here")
    rows = [f"| `{names['package']}/{names['module']}.py` | {purpose} |"] if purpose else []
    return [*rows, f"| `tests/test_{names['module']}.py` | the conformance kit, and your own tests |"]


def _filled(template: str, names: Mapping[str, str]) -> str:
    return string.Template((TEMPLATES / f"{template}.template").read_text("utf-8")).substitute(names)


def _write_untrained(folder: Path, network: str) -> None:
    """A bundle beside the card, of the template's network as it is before training."""
    import torch

    from burnish.restorer.bundle import MANIFEST, WEIGHTS, write_bundle

    sizes = [3, _FEATURES, _FEATURES, _FEATURES, 3]
    draw = torch.Generator().manual_seed(0)
    weights = {}
    for index, (before, after) in enumerate(pairwise(sizes)):
        last = index == len(sizes) - 2
        weight = torch.randn(after, before, 3, 3, generator=draw) * (2 / (9 * before)) ** 0.5
        weights[f"layers.{index}.weight"] = torch.zeros_like(weight) if last else weight
        weights[f"layers.{index}.bias"] = torch.zeros(after)
    made = folder / "made"
    distribution = f"burnish-{network.partition('/')[0]}"
    write_bundle(
        made,
        weights=weights,
        restorer=network,
        config={"features": _FEATURES},
        distribution=distribution,
        version=_VERSION,
    )
    for name in (MANIFEST, WEIGHTS):
        (made / name).replace(folder / name)
    made.rmdir()
