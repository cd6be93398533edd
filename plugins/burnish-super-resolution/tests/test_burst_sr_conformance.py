"""Burst super-resolution does what every restorer must do."""

from __future__ import annotations

from burnish.conformance import Check, conform

SMALL = {"width": 8, "blocks": 1, "hidden": 4}


@conform("super-resolution/burst-sr", config=SMALL)
def test_burst_sr_conforms(check: Check) -> None:
    check()


@conform("super-resolution/burst-sr", config={**SMALL, "channels": 1, "scale": 4, "local_motion": True})
def test_burst_sr_of_grey_frames_by_four_conforms(check: Check) -> None:
    check()


@conform("super-resolution/burst-sr", config={**SMALL, "scale": 3})
def test_burst_sr_by_three_conforms(check: Check) -> None:
    check()
