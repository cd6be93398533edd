"""The result of a retraining as JSON values: returned by the flow, shown by the command and Prefect's page."""

from __future__ import annotations

from typing import TypedDict

from burnish_flows.registry.decision import GateResultJson
from burnish_flows.retrain.stage import TrainedJson


class Figure(TypedDict):
    """The leading metric of a benchmark."""

    metric: str
    """Its id."""
    unit: str
    images: int
    means: dict[str, float]
    """Row → mean: degraded, best baseline, champion, challenger."""


class _Always(TypedDict):
    model: str
    outcome: str
    """``unchanged``, ``promoted``, ``rejected``, or a decision's kind."""
    version: str
    champion: str
    """The present one's version; empty: none."""
    reason: str
    project: str
    fingerprint: str


class Summary(_Always, total=False):
    """The result; a run that found nothing changed has only the fields of ``_Always``, and ``seconds``."""

    champion_before: str
    verdicts: list[GateResultJson]
    warnings: list[str]
    figures: dict[str, Figure]
    """By benchmark."""
    report: str
    """Path of the page; empty: there is none."""
    pictures: list[str]
    sample: str
    """Path of a degraded picture to try the model on; empty: there is none."""
    data: dict[str, str | int | bool]
    """See ``dataset.Pin``."""
    training: TrainedJson
    seconds: dict[str, float]
    """Stage → what it took."""
