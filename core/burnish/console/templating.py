"""HTML and SVG from Jinja2 templates: one environment that escapes all text and refuses missing names.

A template is named by its package and its file in the package's folder ``templates``: ``burnish.reporting/page.html``.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.console.escaping import block

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: object) -> str:
    """Fill a template with values; they cannot add markup or control characters."""
    return _environment().get_template(template).render(values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(template: str) -> str:
    package, _, file = template.partition("/")
    found = find_spec(package)  # without importing the package itself
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0], "templates", file).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    """A value without control characters; markup made by a template stays."""
    return value if hasattr(value, "__html__") else block(str(value))
