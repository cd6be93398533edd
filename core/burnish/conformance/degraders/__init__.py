"""Checks of a degrader: its call, and whether what it tells of an observation is true."""

from burnish.conformance.degraders.calling import questions

__all__ = ["questions"]
