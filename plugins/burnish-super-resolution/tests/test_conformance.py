"""The networks for one picture do what every restorer must do."""

from __future__ import annotations

from burnish.conformance import Check, conform


@conform("super-resolution/espcn", config={"features": 8})
def test_espcn_conforms(check: Check) -> None:
    check()


@conform("super-resolution/edsr", config={"features": 8, "blocks": 2, "scale": 3})
def test_edsr_conforms(check: Check) -> None:
    check()


@conform("super-resolution/edsr", config={"features": 8, "blocks": 1, "scale": 4, "channels": 1})
def test_edsr_that_doubles_twice_conforms(check: Check) -> None:
    check()


@conform("super-resolution/span", config={"features": 8, "blocks": 2})
def test_span_conforms(check: Check) -> None:
    check()
