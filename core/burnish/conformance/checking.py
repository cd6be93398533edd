"""Runs all checks that apply to a declaration: as findings, or as pytest's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from burnish.conformance import declared
from burnish.conformance.subject import Question, Questions, Subject
from burnish.conformance.violation import NotAsked, Violation
from burnish.errors import BurnishError, UnknownIdError, UsageError
from burnish.plugins.catalog import Catalog, installed
from burnish.plugins.guard.importing import asked_for

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check."""

    name: str
    """The fact in words: ``is deterministic``."""
    passed: bool
    message: str = ""
    """Why it failed, or was not asked; empty if it passed."""
    asked: bool = True
    """False: it could not be asked, because of something that another finding tells; it does not count as passed."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of one subject; calling it raises ``AssertionError`` if it fails."""

    name: str
    """The fact in words."""
    subject: Subject
    question: Question
    after: tuple[Check, ...] = ()
    """Those that must hold before this one can be asked."""

    def __call__(self) -> None:
        """Run the check.

        Raises:
            Violation: The subject does not do what it must, or failed in trying; chained.
            NotAsked: Another check failed that must hold before.
        """
        for earlier in self.after:
            if not earlier.find().passed:
                raise NotAsked(
                    f"{self.subject.entry.id} {self.name}? not asked, since the check {earlier.name!r} fails"
                )
        from burnish.conformance.process import undisturbed
        from burnish.restorer.notes import hearing

        try:
            with undisturbed(), hearing():
                self.question(self.subject)
        except Violation as violation:
            raise Violation(f"{self.subject.entry.id} {self.name}? {violation}") from violation.__cause__
        except BurnishError as error:
            raise Violation(f"{self.subject.entry.id} {self.name}? {error}") from error
        except (Exception, SystemExit, GeneratorExit, KeyboardInterrupt) as error:
            if asked_for(error):
                raise
            raise Violation(f"{self.subject.entry.id} {self.name}? it raises {_told(error)}") from error

    def find(self) -> Finding:
        """Run the check, once, and return its result as a record."""
        known = self.subject.findings
        if self.name not in known:
            known[self.name] = self._found()
        return known[self.name]

    def _found(self) -> Finding:
        try:
            self()
        except NotAsked as reason:
            return Finding(name=self.name, passed=False, asked=False, message=_after_the_name(reason))
        except Violation as violation:
            return Finding(name=self.name, passed=False, message=_after_the_name(violation))
        return Finding(name=self.name, passed=True)


def checks(
    name: str, *, kind: str | None = None, config: Mapping[str, object] | None = None, catalog: Catalog | None = None
) -> list[Check]:
    """All checks that apply to the declaration; nothing is imported or created yet.

    Args:
        name: Id, or a short name that is unique over all kinds. The name of an installed distribution
            (``burnish-webhook``) stands for its observers.
        kind: ``restorers``, ``degraders``, …, where several kinds have that name.
        config: Keywords of the factory; a setting without default must be given here.
        catalog: Where to look; default: what is installed.

    Raises:
        UnknownIdError: Nothing has that name, or several have.
    """
    from burnish.conformance.observers import observers_of

    catalog = catalog or installed()
    try:
        return _checks(Subject(catalog.find(name, kind), catalog, config or {}))
    except UnknownIdError:
        observing = observers_of(name, catalog) if kind in (None, "observers") else []
        if not observing:
            raise
        return [each for subject in observing for each in _checks(subject)]


def _checks(subject: Subject) -> list[Check]:
    first, others = _questions(subject)
    of_record, beside = declared.questions(subject.spec) if subject.spec.kind != "observers" else ([], [])
    independent = [_check(question, subject, after=()) for question in beside]
    found: list[Check] = []
    for question in [*of_record, *first]:
        found.append(_check(question, subject, after=tuple(found)))
    return independent + found + [_check(question, subject, after=tuple(found)) for question in others]


def check(
    name: str,
    catalog: Catalog | None = None,
    *,
    kind: str | None = None,
    config: Mapping[str, object] | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Run all checks that apply; arguments and errors as ``conform``."""
    asked = checks(name, kind=kind, config=config, catalog=catalog)
    expected = _expected(asked, expected_failures)
    return [_judged(each.find(), expected.get(each.name)) for each in asked]


def conform(
    name: str,
    *,
    kind: str | None = None,
    config: Mapping[str, object] | None = None,
    catalog: Catalog | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> pytest.MarkDecorator:
    """Parametrise a pytest function over its argument ``check``, one test for each check; arguments as ``checks``.

    Args:
        name: As of ``checks``.
        kind: As of ``checks``.
        config: As of ``checks``.
        catalog: As of ``checks``.
        expected_failures: Name of a check, as ``burnish check`` prints it → why it fails. It must fail: once it passes,
            that is an error, so that nothing stays excused for longer than it needs.

    Raises:
        UsageError: There is no such check, or no reason.
    """
    import pytest

    asked = checks(name, kind=kind, config=config, catalog=catalog)
    expected = _expected(asked, expected_failures)
    parameters = []
    for each in asked:
        why = expected.get(each.name)
        marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
        parameters.append(pytest.param(_Skipping(each), id=each.name.replace(" ", "-"), marks=marks))
    return pytest.mark.parametrize("check", parameters)


@dataclass(frozen=True)
class _Skipping:
    """A check as a test: what is not asked is skipped, so that one cause is told once."""

    check: Check

    def __call__(self) -> None:
        import pytest

        try:
            self.check()
        except NotAsked as reason:
            pytest.skip(str(reason))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.check, name)


def _check(question: Question, subject: Subject, after: tuple[Check, ...]) -> Check:
    name = question.__name__.replace("_", " ")
    return Check(name=name, subject=subject, question=question, after=after)


def _expected(asked: list[Check], given: Mapping[str, str] | None) -> dict[str, str]:
    expected = {name.replace("-", " "): why for name, why in (given or {}).items()}
    for name, why in expected.items():
        if name not in {each.name for each in asked}:
            raise UsageError(f"no check is called {name!r}; see `burnish check {asked[0].subject.entry.id}`")
        if not why.strip():
            raise UsageError(f"the check {name!r} is expected to fail without a reason; give it")
    return expected


def _judged(finding: Finding, why: str | None) -> Finding:
    """The finding of a check that is expected to fail, turned round."""
    if why is None or not finding.asked:
        return finding
    if finding.passed:
        return replace(
            finding, passed=False, message=f"it passes, but is expected to fail ({why}); expect it no longer"
        )
    return replace(finding, passed=True, message=f"fails as expected: {why}")


def _after_the_name(error: BaseException) -> str:
    return " ".join(str(error).split()).partition("? ")[2]


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _questions(subject: Subject) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    from burnish.conformance import (
        behaviour,
        benchmarks,
        commands,
        degraders,
        formats,
        gates,
        learners,
        metrics,
        observers,
        restorers,
    )

    kinds: dict[str, Callable[[Any], tuple[Questions, Questions]]] = {
        "restorers": restorers.questions,
        "degraders": degraders.questions,
        "metrics": metrics.questions,
        "learners": learners.questions,
        "gates": gates.questions,
        "benchmarks": benchmarks.questions,
        "formats": formats.questions,
        "commands": commands.questions,
    }
    spec = subject.spec
    if spec.kind == "observers":
        return observers.questions(spec)
    first, others = kinds[spec.kind](spec)
    return first, [*others, *behaviour.questions(spec)]
