"""The page of the conformance kit: every check, what it asks, and the broken plugins that it catches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from burnish.conformance import behaviour, declared, observers
from burnish.plugins.declarations import KINDS

BROKEN = Path(__file__).parents[2] / "tests" / "core" / "conformance"
"""Where the plugins are that are broken on purpose."""

_HEAD = """# What the conformance kit asks

`burnish check ID`, and `@conform("ID")` in a plugin's tests, ask the questions below. Each is a fact that must hold.
Below a fact stand the plugins that are broken on purpose in the tests of this repository and that this check catches;
nearly every check is the only one that catches one of them. What the first facts of a kind need is told once: if one of
them does not hold, the others cannot be asked.

A check that fails for a reason that you cannot change is excused in your tests, and then it must fail, so that no
excuse outlives its reason:

```python
@conform("median/median", expected_failures={"prints nothing": "the library prints its version, see issue 12"})
def test_median(check):
    check()
```
"""


def conformance_page() -> str:
    """The page as Markdown."""
    plugins = _broken()
    lines = [_HEAD]
    for title, questions in _sections():
        kind = title.lower() if title.lower() in KINDS else ""
        lines += [f"## {title}", ""]
        for question in questions:
            name = question.__name__.replace("_", " ")
            lines += [f"**{name}**  ", _sentence(question), ""]
            faults = sorted({one.fault for one in plugins if one.by == name and kind in ("", one.spec.kind)})
            lines += [f"- caught: {fault[0].lower()}{fault[1:].rstrip('.')}" for fault in faults]
            lines += [""] if faults else []
    return "\n".join(lines)


def _sections() -> Iterator[tuple[str, list[Callable[..., Any]]]]:
    from burnish.conformance.degraders import calling as degrading
    from burnish.conformance.degraders import forward_model
    from burnish.conformance.restorers import calling, conditions, fidelity, tiling, training

    yield "Every declaration", _questions(declared)
    yield "Everything that runs", _questions(behaviour)
    yield "Restorers", [q for module in (calling, conditions, fidelity, tiling, training) for q in _questions(module)]
    yield "Degraders", [q for module in (degrading, forward_model) for q in _questions(module)]
    for kind in KINDS:
        if kind not in ("restorers", "degraders"):
            yield kind.capitalize(), _questions(import_module(f"burnish.conformance.{kind}"))
    yield "Observers", _questions(observers)


def _questions(module: Any) -> list[Callable[..., Any]]:
    """The functions that a module asks, in their order: those that take a subject alone, and have a public name."""
    return [
        value
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__
        and not name.startswith("_")
        and getattr(value, "__annotations__", {}) == {"subject": "Subject", "return": "None"}
    ]


def _sentence(question: Callable[..., Any]) -> str:
    return " ".join((question.__doc__ or "").replace("``", "`").split())


def _broken() -> list[Any]:
    """Records with ``fault``, ``by`` and ``spec``."""
    if str(BROKEN) not in sys.path:
        sys.path.insert(0, str(BROKEN))
    found = import_module("broken_plugins")
    for path in sorted((BROKEN / "broken_plugins").glob("[!_]*.py")):
        import_module(f"broken_plugins.{path.stem}")
    plugins: list[Any] = found.ALL
    return plugins
