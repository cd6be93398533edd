"""The format of figures and metrics: in the report, in tables, on the leaderboard."""

from __future__ import annotations

import math


def figure(value: float, unit: str) -> str:
    """A score as printed in tables."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.2f}" if unit == "dB" else f"{value:.4f}"


def shown_figure(value: float | str) -> str:
    """A figure of unknown unit: two decimals above 1 (dB), four below (similarity)."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}" if abs(value) > 1 else f"{value:.4f}"


def short(metric: str) -> str:
    """A metric's name without its plugin."""
    return metric.rpartition("/")[2]
