"""The conformance kit: what every declared restorer, degrader, metric, learner, benchmark, gate and command must do.

A third party's whole test file::

    from burnish.conformance import conform

    @conform("median/median")
    def test_median_conforms(check):
        check()
"""

from burnish.conformance.checking import Check, Finding, check, checks, conform

__all__ = ["Check", "Finding", "check", "checks", "conform"]
