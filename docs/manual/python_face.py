"""The pages on the Python interface: names from the allow-list in ``docs/plugins.md``, text from the docstrings."""

from __future__ import annotations

import re
from pathlib import Path

PLUGINS = Path(__file__).parents[1] / "plugins.md"
FRONT = "burnish"
DECLARED = ("Spec", "__version__")
"""Names of the front door that other pages describe."""


def modules() -> dict[str, list[str]]:
    """Public module → its public names; one test of the repository pins the table that they are read from."""
    rows = re.findall(r"^\| `(burnish[\w.]*)` \| (.*?) \|", PLUGINS.read_text(encoding="utf-8"), re.MULTILINE)
    return {module: re.findall(r"`(\w+)`", names) for module, names in rows}


def pages() -> dict[str, str]:
    """Address → page."""
    front = [name for name in modules()[FRONT] if not name.endswith(DECLARED)]
    text = [
        "# Front door",
        "What `import burnish` offers. [From Python](../python.md) has examples, [Declarations](declarations.md) the "
        "records for plugins.",
        *(f"::: burnish.{name}\n    options:\n      heading_level: 2" for name in front),
    ]
    more = [
        "# For plugins",
        "The modules that a plugin may import. Everything else in `burnish` may change without notice.",
    ]
    for module, names in modules().items():
        if module not in (FRONT, "burnish.events"):
            more += [f"## {module}", *(f"::: {module}.{name}\n    options:\n      heading_level: 3" for name in names)]
    return {"reference/python.md": "\n\n".join(text), "reference/python-plugins.md": "\n\n".join(more)}
