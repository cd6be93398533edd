"""A look at a dataset before anybody trains on it: what is wrong with it, which file, and what to do about it."""

from burnish.data.checking.aligning import Aligned, write_aligned
from burnish.data.checking.checking import check
from burnish.data.checking.findings import Finding, Report
from burnish.data.checking.kinds import KINDS
from burnish.data.checking.layout import Layout, recognise, splits_of
from burnish.data.checking.page import page

__all__ = [
    "KINDS",
    "Aligned",
    "Finding",
    "Layout",
    "Report",
    "check",
    "page",
    "recognise",
    "splits_of",
    "write_aligned",
]
