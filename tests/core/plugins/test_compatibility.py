from __future__ import annotations

import pytest
from burnish.plugins.compatibility import objection
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

versions = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
clauses = st.builds("{}{}".format, st.sampled_from([">=", "<=", "==", "!=", "<", ">", "~="]), versions)


@given(version=versions, specifier=st.lists(clauses, min_size=1, max_size=3).map(",".join))
def test_it_judges_as_packaging_does(version: str, specifier: str) -> None:
    if any(clause.startswith("~=") and "." not in clause for clause in specifier.split(",")):
        return
    admitted = SpecifierSet(specifier).contains(version, prereleases=True)
    assert (objection((f"burnish{specifier}",), version) == "") is admitted


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("burnish", True),
        ("Burnish (>=0.1,<0.2)", True),
        ("burnish[train]>=0.1,<0.2", True),
        ("burnish>=1", False),
        ('burnish>=1; extra == "x"', True),
        ("burnish-cnn>=1", True),
        ("burnish==0.1.*", True),
        ("burnish>=0.2.dev1", False),
        ("burnish>=nonsense", False),
    ],
)
def test_every_way_of_writing_a_requirement_is_understood(line: str, fits: bool) -> None:
    assert (objection(("numpy>=99", line), "0.1.0") == "") is fits
