"""Facts about the kit as a whole: findings, pytest's parameters, and what it says about unknown names."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import torch
from burnish.builtin.identity import Identity
from burnish.conformance import Check, check, checks, conform
from burnish.errors import UnknownIdError, UsageError
from burnish.plugins.catalog import Catalog
from burnish.plugins.declarations import RestorerSpec


@conform("burnish/identity")
def test_the_decorator_makes_a_test_of_every_question(check: Check) -> None:
    check()


def test_findings_and_checks_are_the_same_questions() -> None:
    names = [finding.name for finding in check("burnish/identity")]
    assert names == [each.name for each in checks("burnish/identity")]
    assert "gives the same with and without tiles" in names and len(names) >= 10


def test_a_failing_check_raises_an_assertion_that_names_id_and_question(declare: Callable[..., Catalog]) -> None:
    catalog = declare(RestorerSpec, Identity, summary="")
    asked = {each.name: each for each in checks("tried", catalog=catalog)}
    with pytest.raises(AssertionError, match=r"test/tried has a summary of one line\? the summary is empty"):
        asked["has a summary of one line"]()


def test_asking_imports_nothing_before_a_question_is_put(declare: Callable[..., Catalog]) -> None:
    catalog = declare(RestorerSpec, None, factory="no_such_module:Thing", tasks=frozenset({"denoise"}))
    assert len(checks("tried", catalog=catalog)) >= 10
    found = {finding.name: finding for finding in check("tried", catalog)}
    assert found["survives pickling and json"].passed
    assert "no_such_module" in found["is made from its settings"].message


def test_a_name_that_nothing_has_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownIdError, match="did you mean burnish/identity"):
        checks("identiti")


def test_a_setting_without_default_can_be_given(declare: Callable[..., Catalog]) -> None:
    class Sized(Identity):
        def __init__(self, size: int) -> None:
            self.size = size

    config = {"size": {"type": "integer", "description": "of something"}}
    catalog = declare(RestorerSpec, Sized, config=config, tasks=frozenset({"denoise"}), receptive_field=1)
    assert not all(finding.passed for finding in check("tried", catalog))
    assert all(finding.passed for finding in check("tried", catalog, config={"size": 3}))


class _Ends(Identity):
    def __call__(self, degraded: Any, **conditions: Any) -> Any:
        raise SystemExit("bye")


def test_one_cause_is_told_once(declare: Callable[..., Catalog]) -> None:
    catalog = declare(RestorerSpec, _Ends, tasks=frozenset({"denoise"}), receptive_field=1)
    findings = check("tried", catalog)
    failed = [finding for finding in findings if finding.asked and not finding.passed]
    assert [finding.name for finding in failed] == ["restores a picture"]
    assert "bye" in failed[0].message
    rest = [finding for finding in findings if not finding.asked]
    assert len(rest) > 10
    assert {finding.message for finding in rest} == {"not asked, since the check 'restores a picture' fails"}


class _Prints(Identity):
    def __call__(self, degraded: Any, **conditions: Any) -> Any:
        print("working")
        return super().__call__(degraded, **conditions)


def test_an_expected_failure_needs_a_reason_and_must_fail(declare: Callable[..., Catalog]) -> None:
    declared: dict[str, Any] = {"tasks": frozenset({"denoise"}), "receptive_field": 1}
    catalog = declare(RestorerSpec, _Prints, **declared)
    excused = check("tried", catalog, expected_failures={"prints nothing": "the library below prints"})
    assert all(finding.passed for finding in excused)
    assert {finding.name: finding.message for finding in excused}["prints nothing"].endswith("the library below prints")
    found = check("tried", catalog, expected_failures={"is-deterministic": "it draws", "prints nothing": "so"})
    assert (
        "it passes, but is expected to fail" in {f.name: f.message for f in found if not f.passed}["is deterministic"]
    )
    with pytest.raises(UsageError, match="no check is called 'is determined'"):
        check("tried", catalog, expected_failures={"is determined": "so"})
    with pytest.raises(UsageError, match="without a reason"):
        check("tried", catalog, expected_failures={"prints nothing": " "})


def test_the_process_is_afterwards_as_before(declare: Callable[..., Catalog]) -> None:
    class Rude(Identity):
        def __call__(self, degraded: Any, **conditions: Any) -> Any:
            torch.set_default_dtype(torch.float64)
            torch.set_grad_enabled(False)
            os.environ["BURNISH_RUDE"] = "yes"
            return super().__call__(degraded, **conditions)

    before = torch.get_default_dtype(), torch.is_grad_enabled(), dict(os.environ)
    check("tried", declare(RestorerSpec, Rude, tasks=frozenset({"denoise"}), receptive_field=1))
    assert (torch.get_default_dtype(), torch.is_grad_enabled(), dict(os.environ)) == before
