"""The pages on hooks, events and declarations, from their docstrings."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import MISSING
from dataclasses import fields as fields_of
from itertools import pairwise

from burnish import events
from burnish.plugins import declarations, hookspecs
from burnish.plugins.declarations import KINDS, Spec

from manual.markdown import code, fields, table

WORDS = ("CONDITIONS", "TEMPORAL", "COMPARED", "TILING", "LIGHT", "TRAINS_ON", "NOISE")
"""The lists of words that fields take."""


def hooks() -> dict[str, str]:
    """Hook → its docstring's first line, in the order of their definition."""
    found = {
        name: inspect.getdoc(function) or ""
        for name, function in vars(hookspecs).items()
        if name.startswith(("register_", "on_"))
    }
    return {name: text.splitlines()[0] if text else "" for name, text in found.items()}


def observed() -> dict[str, type[events.Event]]:
    """Hook that observes → the event that it is given."""
    return {
        name: getattr(events, str(vars(hookspecs)[name].__annotations__["event"]).rpartition(".")[2])
        for name in hooks()
        if name.startswith("on_")
    }


def hooks_page() -> str:
    """Every hook: what it declares, or what it is told."""
    text = [
        "# Hooks",
        "A plugin implements the hooks it needs, each marked by `burnish.hookimpl`. "
        "[Publish a plugin](../plugins.md) shows how; [Declarations](declarations.md) has their fields.",
        "## Hooks that declare",
        "They take no argument, and yield records.",
    ]
    kinds = {f"register_{kind}": spec.__name__ for kind, spec in KINDS.items()}
    rows = [
        (code(name), f"[`{kinds[name]}`](declarations.md#{kinds[name].lower()})", told)
        for name, told in hooks().items()
        if name in kinds
    ]
    text += [table(("hook", "yields", "purpose"), rows)]
    text += [
        "## Hooks that observe",
        "Each takes one frozen `event`. The host ignores the result. If the hook fails, the host logs that, and "
        "goes on. Every event has the fields of `Event`.",
        "### Event",
        _event_table(events.Event),
    ]
    for name, event in observed().items():
        text += [f"### {name}", f"{hooks()[name]} Its event is `burnish.events.{event.__name__}`.", _event_table(event)]
    return "\n\n".join(text)


def _event_table(event: type) -> str:
    rows = [(code(name), code(kind), told) for name, (kind, told) in fields(event).items()]
    return table(("field", "type", "meaning"), rows)


def declarations_page() -> str:
    """Every field of every record that a plugin declares."""
    text = [
        "# Declarations",
        "The records that the [hooks](hooks.md) yield. They are frozen, take keywords only, and import no framework. "
        "Import them from `burnish`.",
        "## Fields of all declarations",
        "\n".join(_spec_table(Spec)),
    ]
    for kind, spec in KINDS.items():
        text += [f"## {spec.__name__}", inspect.getdoc(spec) or "", f"Yielded by `register_{kind}`."]
        own = list(_spec_table(spec))
        text += own or ["It has the fields of all declarations, and no others."]
    text += ["## Words", "Some fields take only these words."]
    told = _module_docs()
    for name in WORDS:
        known = getattr(declarations, name)
        listed = ", ".join(code(word) for word in (sorted(known) if isinstance(known, frozenset) else known))
        text += [f"### {name}", listed, told[name]]
    return "\n\n".join(text)


def _spec_table(spec: type[Spec]) -> Iterator[str]:
    defaults = {item.name: item for item in fields_of(spec)}
    rows = []
    for name, (kind, told) in fields(spec).items():
        item = defaults[name]
        rows.append(
            (code(name), code(kind), _default(item.default, item.default_factory), told or INHERITED.get(name, ""))
        )
    if rows:
        yield table(("field", "type", "default", "meaning"), rows)


INHERITED = {"factory": "Unused: a benchmark is data."}
"""Fields that a record declares again with a default of its own."""


def _default(value: object, factory: object) -> str:
    if value is not MISSING:
        return code(repr(value) if not isinstance(value, frozenset) or value else "frozenset()")
    return code(repr(factory())) if callable(factory) else "required"


def _module_docs() -> dict[str, str]:
    """Constant → the docstring beneath it."""
    body = ast.parse(inspect.getsource(declarations)).body
    found = {}
    for line, after in pairwise(body):
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name) and isinstance(after, ast.Expr):
            found[line.targets[0].id] = inspect.cleandoc(ast.literal_eval(after.value))
    return found
