"""A look at a dataset before anybody trains on it: what is wrong with it, which file, and what to do about it."""

from burnish.data.checking.checking import check
from burnish.data.checking.findings import Finding, Report
from burnish.data.checking.kinds import KINDS
from burnish.data.checking.layout import Layout, recognise

__all__ = ["KINDS", "Finding", "Layout", "Report", "check", "recognise"]
