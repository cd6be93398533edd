"""Runs without a living worker: an automation marks runs that send no heartbeat as crashed.

Workers send one every 30 s (``PREFECT_FLOWS_HEARTBEAT_FREQUENCY``, see ``environment``). With Prefect's own 180 s this
automation would take healthy runs for dead.
"""
# ruff: noqa: TID253  (imported only by the command that deploys)

from __future__ import annotations

from datetime import timedelta

from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

NAME = "burnish: runs without a heartbeat have crashed"
WITHIN = timedelta(seconds=90)
"""Three heartbeats."""

HEARTBEAT = "prefect.flow-run.heartbeat"
ENDS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed")}
PAUSES = {f"prefect.flow-run.{state}" for state in ("Paused", "Suspended")}


def ensure_automation() -> bool:
    """Create the automation if the server has none of its name; True if it was created."""
    try:
        found = Automation.read(name=NAME)
        assert isinstance(found, Automation)  # it would be a coroutine inside an event loop
    except ValueError:
        made = automation().create()
        assert isinstance(made, Automation)
        return True
    return False


def automation() -> Automation:
    """An automation that marks a run as crashed if neither another heartbeat nor an end follows."""
    return Automation(
        name=NAME,
        trigger=EventTrigger(
            after={HEARTBEAT},
            expect={HEARTBEAT} | ENDS | PAUSES,
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=WITHIN,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="no heartbeat for 90 s: its process is gone")],
    )
