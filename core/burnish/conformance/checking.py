"""Runs all checks that apply to a declaration: as findings, or as pytest's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.conformance.subject import Subject
from burnish.conformance.violation import Violation
from burnish.errors import BurnishError
from burnish.plugins.catalog import Catalog, installed

if TYPE_CHECKING:
    import pytest

Question = Callable[[Subject], None]
"""Returns if the subject passes, else raises ``Violation``."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check."""

    name: str
    """The fact in words: ``is deterministic``."""
    passed: bool
    message: str = ""
    """Why it failed; empty if it passed."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of one subject; calling it raises ``AssertionError`` if it fails."""

    name: str
    """The fact in words."""
    subject: Subject
    question: Question

    def __call__(self) -> None:
        """Run the check.

        Raises:
            Violation: The subject does not do what it must, or failed in trying; chained.
        """
        try:
            self.question(self.subject)
        except Violation as violation:
            raise Violation(f"{self.subject.entry.id} {self.name}? {violation}") from violation.__cause__
        except BurnishError as error:
            raise Violation(f"{self.subject.entry.id} {self.name}? {error}") from error
        except Exception as error:
            raise Violation(f"{self.subject.entry.id} {self.name}? {type(error).__name__}: {error}") from error

    def find(self) -> Finding:
        """Run the check and return its result as a record."""
        try:
            self()
        except Violation as violation:
            message = " ".join(str(violation).split()).partition("? ")[2]
            return Finding(name=self.name, passed=False, message=message)
        return Finding(name=self.name, passed=True)


def checks(
    name: str, *, kind: str | None = None, config: Mapping[str, object] | None = None, catalog: Catalog | None = None
) -> list[Check]:
    """All checks that apply to the declaration; nothing is imported or created yet.

    Args:
        name: Id, or a short name that is unique over all kinds.
        kind: ``restorers``, ``degraders``, …, where several kinds have that name.
        config: Keywords of the factory; a setting without default must be given here.
        catalog: Where to look; default: what is installed.

    Raises:
        UnknownIdError: Nothing has that name, or several have.
    """
    catalog = catalog or installed()
    subject = Subject(catalog.find(name, kind), catalog, config or {})
    return [
        Check(name=question.__name__.replace("_", " "), subject=subject, question=question)
        for question in _questions(subject)
    ]


def check(
    name: str, catalog: Catalog | None = None, *, kind: str | None = None, config: Mapping[str, object] | None = None
) -> list[Finding]:
    """Run all checks that apply; arguments and errors as ``checks``."""
    return [each.find() for each in checks(name, kind=kind, config=config, catalog=catalog)]


def conform(
    name: str, *, kind: str | None = None, config: Mapping[str, object] | None = None, catalog: Catalog | None = None
) -> pytest.MarkDecorator:
    """Parametrise a pytest function over its argument ``check``, one test for each check; arguments as ``checks``."""
    import pytest

    found = checks(name, kind=kind, config=config, catalog=catalog)
    return pytest.mark.parametrize("check", [pytest.param(each, id=each.name.replace(" ", "-")) for each in found])


def _questions(subject: Subject) -> list[Question]:
    from burnish.conformance import declared, degraders, gates_and_benchmarks, learners, metrics, restorers

    kinds: dict[str, Callable[[Any], list[Question]]] = {
        "restorers": restorers.questions,
        "degraders": degraders.questions,
        "metrics": metrics.questions,
        "learners": learners.questions,
        "gates": gates_and_benchmarks.gate_questions,
        "benchmarks": gates_and_benchmarks.benchmark_questions,
        "commands": gates_and_benchmarks.command_questions,
    }
    return declared.questions(subject.spec) + kinds[subject.spec.kind](subject.spec)
