"""Reports progress: as lines on standard error if that is not a terminal, and in Prefect's log of the run.

Nothing here may make the reported work fail.
"""

from __future__ import annotations

import logging
import math
import sys
from contextlib import suppress

from burnish.console import progress
from burnish.events import EpochEnded, Event, TrainingEnded, TrainingProgressed, TrainingStarted


class Notes:
    """The destinations of messages; created inside a flow, it writes to that flow's log, also from other threads."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._log = _prefect_log()

    def say(self, text: str) -> None:
        """Write to both."""
        progress.say(text, self._quiet)
        self._record(text)

    def listen(self, hook: str, event: Event) -> None:
        """Copy the messages of a training to Prefect's log; the training itself prints them."""
        if text := line(event):
            self._record(text)

    def _record(self, text: str) -> None:
        with suppress(Exception):
            if self._log is not None:
                self._log.info("%s", text)


def line(event: Event) -> str:
    """A training event as one line; empty if it is not reported."""
    if isinstance(event, TrainingStarted):
        went_on = f"resumes at step {event.resumed_at}" if event.resumed_at else "begins"
        return f"training of {event.restorer} on {event.device} {went_on}"
    if isinstance(event, TrainingProgressed):
        total = f"/{event.total_steps}" if event.total_steps else ""
        pace = f"{event.steps_per_second:.1f} steps/s  time left {progress.span(event.seconds_left)}"
        return f"step {event.step}{total}  loss {event.loss:.5f}  {pace}"
    if isinstance(event, EpochEnded):
        psnr = f"  PSNR {event.validation:.2f} dB" if math.isfinite(event.validation) else ""
        return f"validation at step {event.step}  loss {event.loss:.5f}{psnr}"
    if isinstance(event, TrainingEnded):
        return f"training ended after {event.steps} steps, {event.seconds:.0f} s"
    return ""


def _prefect_log() -> logging.LoggerAdapter[logging.Logger] | None:
    if "prefect" not in sys.modules:
        return None
    from prefect.context import FlowRunContext
    from prefect.logging.loggers import flow_run_logger

    context = FlowRunContext.get()
    return flow_run_logger(context.flow_run) if context is not None and context.flow_run is not None else None
