"""The present state of a deployment on the Prefect server, and what ``burnish deploy`` must remove from it."""
# ruff: noqa: TID253  (imported only by the command that deploys)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.events.schemas.automations import Automation, EventTrigger
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound

from burnish_flows import events
from burnish_flows.retrain.waiting_runs import is_due, made_by, waiting


@dataclass(frozen=True, kw_only=True)
class Present:
    """One deployment as it is on the server."""

    id: UUID
    recipe: str
    """Relative to its project; empty where it has none."""
    place: str
    """Folder or repository where its runs start; empty if unknown."""
    schedules: Mapping[UUID, tuple[str, str]]
    """Schedule → its slug and what it is in words."""
    paused: frozenset[str]
    """Slugs of the schedules that someone has paused."""
    automations: Mapping[UUID, Automation]
    """All automations about it: its own triggers, and those made by people."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """The wanted state of an existing deployment."""

    before: Present
    slugs: Mapping[str, str]
    """Slug → words, for each wanted schedule."""
    another: str = ""
    """Its previous recipe, if that is another one."""

    def gone(self) -> dict[UUID, str]:
        """The schedules that will be removed or changed, in words."""
        return {key: words for key, (slug, words) in self.before.schedules.items() if self.slugs.get(slug) != words}

    def late(self, client: SyncPrefectClient) -> list[FlowRun]:
        """The due runs made by those schedules; the server itself deletes later ones."""
        gone = self.before.schedules if self.another else self.gone()
        return [run for run in waiting(client, self.before.id) if made_by(run) in gone and is_due(run)]

    def remove_schedules(self, client: SyncPrefectClient) -> None:
        """Delete the schedules with an unwanted slug, which Prefect's own update leaves active."""
        for one in client.read_deployment_schedules(self.before.id):
            if one.slug not in self.slugs:
                with suppress(ObjectNotFound):
                    client.delete_deployment_schedule(self.before.id, one.id)


def present(client: SyncPrefectClient, name: str) -> Present | None:
    """The deployment of this name (``flow/deployment``) on the server; None if there is none."""
    try:
        found = client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None
    return Present(
        id=found.id,
        recipe=str(found.parameters.get("recipe") or ""),
        place=place(found.pull_steps or []),
        schedules={one.id: (one.slug or "", words_for(one.schedule)) for one in found.schedules},
        paused=frozenset(one.slug or "" for one in found.schedules if not one.active),
        automations=_automations(client, found.id),
    )


def place(steps: Sequence[Mapping[str, object]]) -> str:
    """The folder or repository (with any branch) where these pull steps start a run."""
    for step in steps:
        for settings in step.values():
            if isinstance(settings, Mapping) and (found := settings.get("repository") or settings.get("directory")):
                return str(found)
    return ""


def words_for(schedule: object) -> str:
    """A schedule in words: ``cron 0 3 * * * (UTC)``, ``every 6:00:00``."""
    if cron := getattr(schedule, "cron", ""):
        return f"cron {cron} ({getattr(schedule, 'timezone', None) or 'UTC'})"
    interval = getattr(schedule, "interval", None)
    return f"every {interval}" if interval else f"rrule {getattr(schedule, 'rrule', '')}".strip()


def replaced_triggers(client: SyncPrefectClient, before: Present) -> list[Automation]:
    """The triggers that were removed by the change of the deployment; some were created again.

    Prefect does not tell which automations go with a deployment, but deletes them at each change. Those that somebody
    had disabled are disabled again.
    """
    now = _automations(client, before.id)
    gone = [one for key, one in before.automations.items() if key not in now]
    stopped = {one.name for one in gone if not one.enabled}
    for key, one in now.items():
        if key not in before.automations and one.name in stopped:
            client.pause_automation(key)
    return gone


def _automations(client: SyncPrefectClient, deployment: UUID) -> dict[UUID, Automation]:
    return {one.id: one for one in client.read_resource_related_automations(f"prefect.deployment.{deployment}")}


def trigger_words(automation: Automation) -> str:
    """A trigger in words: ``on drift``, ``when pictures changes``."""
    trigger = automation.trigger
    if isinstance(trigger, EventTrigger):
        if events.DRIFT in trigger.expect:
            return "on drift"
        if events.DATA_CHANGED in trigger.expect and isinstance(trigger.match, ResourceSpecification):
            about = trigger.match.root.get("prefect.resource.id", "")
            return f"when {str(about).removeprefix(events.dataset(''))} changes"
    return f"trigger {automation.name!r}"
