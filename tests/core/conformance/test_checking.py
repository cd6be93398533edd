"""Facts about the kit as a whole: findings, pytest's parameters, and what it says about unknown names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from burnish.builtin.identity import Identity
from burnish.conformance import Check, check, checks, conform
from burnish.errors import UnknownIdError
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
    with pytest.raises(AssertionError, match=r"test/tried has a summary of one line\? the summary is empty"):
        checks("tried", catalog=catalog)[0]()


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
