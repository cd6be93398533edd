"""``burnish deploy`` against a real Prefect server: it declares the whole state of a deployment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from burnish_flows.retrain.flow import retrain
from burnish_flows.retrain.waiting_runs import is_due, supersede, waiting
from burnish_flows.scheduling import deployment, replacing
from burnish_flows.scheduling.deployment import Deployed, DeploymentError, Wanted
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.runner.storage import LocalStorage
from prefect.schedules import Cron
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import AwaitingConcurrencySlot, Running
from prefect.types.entrypoint import EntrypointType
from workshop import Project

pytestmark = [pytest.mark.slow, pytest.mark.system]

NIGHTLY = "cron 0 3 * * * (UTC)"


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    """Of the server."""
    with temporary_settings({PREFECT_API_URL: prefect_api}), get_client(sync_client=True) as made:
        yield made


@pytest.fixture
def wanted(client: SyncPrefectClient) -> Wanted:
    """A model of its own for each test, since all share the server."""
    model = f"model-{uuid4().hex[:8]}"
    return Wanted(recipe=Path("recipes/a.yaml"), model=model, data="pictures", project=Path("/srv/team"), pool="p")


def state(client: SyncPrefectClient, wanted: Wanted) -> tuple[list[str], list[str]]:
    """Active schedules and enabled triggers, in words."""
    has = replacing.present(client, wanted.name)
    assert has is not None
    active = [replacing.words_for(one.schedule) for one in client.read_deployment_schedules(has.id) if one.active]
    return sorted(active), sorted(replacing.trigger_words(one) for one in has.automations.values() if one.enabled)


def test_another_kind_of_schedule_replaces_the_old_one_and_the_old_one_is_named(
    client: SyncPrefectClient, wanted: Wanted
) -> None:
    first = deployment.deploy(replace(wanted, cron="0 3 * * *"))
    second = deployment.deploy(replace(wanted, interval=timedelta(hours=6)))
    assert (first.removed, second.removed) == ((), (NIGHTLY,))
    assert first.id == second.id, "it is the same deployment"
    assert state(client, wanted) == (["every 6:00:00"], [])
    both = deployment.deploy(replace(wanted, cron="0 3 * * *", interval=timedelta(hours=6)))
    assert both.removed == ()
    assert state(client, wanted) == ([NIGHTLY, "every 6:00:00"], [])
    assert deployment.deploy(wanted).removed == (NIGHTLY, "every 6:00:00")
    assert state(client, wanted) == ([], [])


def test_a_trigger_that_is_not_asked_for_again_goes_and_is_named(client: SyncPrefectClient, wanted: Wanted) -> None:
    deployment.deploy(replace(wanted, on_data_change=True, on_drift=True))
    assert state(client, wanted) == ([], ["on drift", "when pictures changes"])
    again = deployment.deploy(replace(wanted, cron="0 3 * * *", on_drift=True))
    assert again.removed == ("when pictures changes",)
    assert state(client, wanted) == ([NIGHTLY], ["on drift"])


def test_what_somebody_has_paused_or_disabled_stays_so(client: SyncPrefectClient, wanted: Wanted) -> None:
    deployed = deployment.deploy(replace(wanted, cron="0 3 * * *", on_drift=True, on_data_change=True))
    (schedule,) = client.read_deployment_schedules(deployed.id)  # type: ignore[arg-type]
    client.update_deployment_schedule(deployed.id, schedule.id, active=False)  # type: ignore[arg-type]
    (drift,) = client.read_automations_by_name(f"{wanted.model}: drift")
    client.pause_automation(drift.id)
    again = deployment.deploy(replace(wanted, cron="0 4 * * *", on_drift=True, on_data_change=True))
    assert again.removed == (NIGHTLY,)
    assert again.starts[0] == "cron 0 4 * * * (UTC) (paused)"
    assert state(client, wanted) == ([], ["when pictures changes"])


def test_automations_that_people_made_about_the_deployment_are_theirs(
    client: SyncPrefectClient, wanted: Wanted
) -> None:
    from prefect.automations import Automation, EventTrigger
    from prefect.events.actions import RunDeployment

    deployed = deployment.deploy(wanted)
    run = RunDeployment(source="selected", deployment_id=deployed.id)  # type: ignore[arg-type]
    name = f"{wanted.model}: by hand"
    Automation(name=name, trigger=EventTrigger(expect={"x"}, threshold=1), actions=[run]).create()
    assert deployment.deploy(replace(wanted, on_drift=True)).removed == ()
    assert len(client.read_automations_by_name(name)) == 1


def overdue(client: SyncPrefectClient, deployed: Deployed) -> list[UUID]:
    """Let the server's scheduler make four runs of the last days, while no worker takes them."""
    now = datetime.now(UTC)
    span = {
        "start_time": (now - timedelta(days=5)).isoformat(),
        "end_time": now.isoformat(),
        "min_runs": 4,
        "max_runs": 4,
    }
    client._client.post(f"/deployments/{deployed.id}/schedule", json=span).raise_for_status()
    return [run.id for run in waiting(client, UUID(deployed.id)) if is_due(run)]


def test_runs_that_a_replaced_schedule_has_waiting_are_cancelled_and_those_of_a_kept_one_are_not(
    client: SyncPrefectClient, wanted: Wanted
) -> None:
    often = replace(wanted, interval=timedelta(days=1))
    deployed = deployment.deploy(often)
    due = overdue(client, deployed)
    assert len(due) == 4
    client.set_flow_run_state(due[0], AwaitingConcurrencySlot(scheduled_time=datetime.now(UTC)), force=True)
    assert deployment.deploy(replace(often, on_drift=True)).cancelled == 0
    by_hand = deployment.run_now(wanted)
    assert deployment.deploy(replace(wanted, on_drift=True)).cancelled == 4
    assert {client.read_flow_run(run).state_name for run in due} == {"Cancelled"}
    assert waiting(client, UUID(deployed.id)) == [], "nothing of the old schedule is left"
    assert client.read_flow_run(UUID(by_hand.id)).state_name == "Scheduled", "what a person asked for stays"


def test_a_run_that_begins_does_the_work_of_all_scheduled_runs_that_are_due_and_of_no_others(
    client: SyncPrefectClient, wanted: Wanted
) -> None:
    deployed = deployment.deploy(replace(wanted, interval=timedelta(days=1)))
    first, *due = overdue(client, deployed)
    client.set_flow_run_state(due[0], AwaitingConcurrencySlot(scheduled_time=datetime.now(UTC)), force=True)
    client.set_flow_run_state(first, Running(), force=True)
    by_hand = deployment.run_now(wanted)
    later = [run.id for run in waiting(client, UUID(deployed.id)) if not is_due(run)]
    assert supersede(client.read_flow_run(first)) == len(due) == 3
    found = [client.read_flow_run(run) for run in due]
    assert {run.state_name for run in found} == {"Cancelled"}
    assert all(run.state and str(first) in str(run.state.message) for run in found), "it says by which run"
    assert {client.read_flow_run(run).state_name for run in [UUID(by_hand.id), *later]} == {"Scheduled"}
    assert client.read_flow_run(first).state_name == "Running"
    assert supersede(client.read_flow_run(UUID(by_hand.id))) == 0


def test_a_schedule_that_only_changes_its_time_drops_what_was_due_by_the_old_one(
    client: SyncPrefectClient, wanted: Wanted
) -> None:
    deployed = deployment.deploy(replace(wanted, interval=timedelta(days=1)))
    overdue(client, deployed)
    again = deployment.deploy(replace(wanted, interval=timedelta(hours=6)))
    assert (again.removed, again.cancelled) == (("every 1 day, 0:00:00",), 4)


def test_a_deployment_of_the_version_before_is_taken_over_with_its_leftovers(
    client: SyncPrefectClient, wanted: Wanted
) -> None:
    """It left an old schedule beside the new one; those of a `prefect.yaml` have slugs of their own, or none."""
    old = retrain.to_deployment(
        name=wanted.model,
        parameters={"recipe": "recipes/a.yaml", "quiet": True, "cause": "schedule or hand"},
        schedules=[Cron("0 3 * * *", timezone="UTC", slug="cron")],
        triggers=deployment._triggers(replace(wanted, on_data_change=True)),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    old.storage = LocalStorage("/srv/team")
    client.create_work_pool(WorkPoolCreate(name=wanted.model, type="process"))
    made = old.apply(work_pool_name=wanted.model)
    client.create_deployment_schedules(made, [(IntervalSchedule(interval=timedelta(seconds=12)), True)])
    again = deployment.deploy(replace(wanted, cron="0 4 * * *", on_data_change=True))
    assert again.id == str(made)
    assert again.removed == (NIGHTLY, "every 0:00:12")
    assert state(client, wanted) == (["cron 0 4 * * * (UTC)"], ["when pictures changes"])


def test_another_recipe_of_the_same_model_is_refused_and_with_replace_named(
    client: SyncPrefectClient, wanted: Wanted
) -> None:
    deployment.deploy(replace(wanted, cron="0 3 * * *"))
    for other in (replace(wanted, recipe=Path("recipes/b.yaml")), replace(wanted, project=Path("/srv/other"))):
        with pytest.raises(DeploymentError, match=r"recipes/a.yaml in /srv/team; to replace it by .* add --replace"):
            deployment.deploy(other)
    assert state(client, wanted) == ([NIGHTLY], []), "what was refused has changed nothing"
    other = replace(wanted, recipe=Path("recipes/b.yaml"), on_drift=True, replace=True)
    assert deployment.deploy(other).removed == ("recipe recipes/a.yaml in /srv/team", NIGHTLY)
    found = client.read_deployment_by_name(wanted.name)
    assert found.parameters["recipe"] == "recipes/b.yaml"
    assert state(client, wanted) == ([], ["on drift"])


def test_what_deploy_prints_as_the_next_step_works_in_the_same_folder_as_it_is(
    project: Project, client: SyncPrefectClient
) -> None:
    project.recipe("a recipe.yaml", 30, tiny=f"model-{uuid4().hex[:8]}")
    said = project.burnish("deploy", "a recipe.yaml", "--cron", "0 3 * * *")
    told = project.shell(said.split("Run it now: ")[1])
    assert "no more" not in told, "a run that is asked for changes nothing of the deployment"
    name = told.split("Started run ")[1].split()[0]
    assert name in project.shell(told.split("Follow it: ")[1]), "it waits for a worker"
    run = json.loads(project.burnish("deploy", "a recipe.yaml", "--run-now", "--json"))["run"]
    assert client.read_flow_run(run["id"]).parameters["cause"] == "by hand"
    has = json.loads(project.burnish("deploy", "a recipe.yaml", "--on-drift", "--json"))
    assert (has["starts"], has["removed"], has["run"]) == (["on drift"], [NIGHTLY], None)
