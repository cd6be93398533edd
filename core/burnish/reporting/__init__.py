"""Output after an evaluation: the report, strips of pictures, the folder, the leaderboard."""

from burnish.reporting.report import write_report
from burnish.reporting.strip import Panel, Strip, write_strip

__all__ = ["Panel", "Strip", "write_report", "write_strip"]
