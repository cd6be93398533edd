"""What is asked for becomes schedules and triggers of a Prefect deployment that a worker can run anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from burnish.errors import UsageError
from burnish_flows import events
from burnish_flows.retrain.flow import retrain
from burnish_flows.scheduling import deployment, heartbeat
from burnish_flows.scheduling.deployment import DeploymentError, Wanted
from httpx import ConnectError
from prefect.automations import Automation

WANTED = Wanted(
    recipe=Path("recipes/denoise.yaml"), model="denoise", data="pictures", project=Path("/srv/team"), pool="gpu"
)
ROOT = Path(__file__).parents[3]


def test_schedules_have_slugs_so_that_one_that_was_paused_stays_so() -> None:
    found = deployment._schedules(replace(WANTED, cron="0 3 * * *", timezone="Europe/Berlin", interval=timedelta(1)))
    assert [(one.slug, one.cron, one.timezone) for one in found[:1]] == [("cron", "0 3 * * *", "Europe/Berlin")]
    assert [(one.slug, one.interval) for one in found[1:]] == [("interval", timedelta(1))]


def test_a_schedule_that_somebody_has_paused_is_said_to_be_so() -> None:
    wanted = replace(WANTED, cron="0 4 * * *", interval=timedelta(1), on_drift=True)
    told = deployment.starts(wanted, frozenset({"cron"}))
    assert told == ("cron 0 4 * * * (UTC) (paused)", "every 1 day, 0:00:00", "on drift")


def test_a_cron_that_is_none_is_named() -> None:
    with pytest.raises(UsageError, match="--cron 'at night'"):
        deployment._schedules(replace(WANTED, cron="at night"))


def test_it_listens_to_its_own_data_and_its_own_model() -> None:
    found = deployment._triggers(replace(WANTED, on_data_change=True, on_drift=True))
    told = [(trigger.expect, trigger.match.root, trigger.parameters["cause"]) for trigger in found]  # type: ignore[union-attr]
    assert told == [
        ({events.DATA_CHANGED}, {"prefect.resource.id": "burnish.data.pictures"}, "data changed"),
        ({events.DRIFT}, {"prefect.resource.id": "burnish.model.denoise"}, "drift"),
    ]


def test_workers_begin_in_the_projects_folder_or_in_a_checkout_and_copy_nothing() -> None:
    made = deployment._deployment(WANTED, [], [])
    assert made.entrypoint == "burnish_flows.retrain.flow.retrain"
    assert made.parameters["recipe"] == "recipes/denoise.yaml", "relative: any checkout has it"
    assert made.storage is not None
    (step,) = [made.storage.to_pull_step()]
    assert step == {"prefect.deployments.steps.set_working_directory": {"directory": "/srv/team"}}
    made = deployment._deployment(replace(WANTED, repository="https://git.example.org/t/r", branch="main"), [], [])
    assert made.storage is not None
    step = made.storage.to_pull_step()
    assert isinstance(step, dict)
    told = step["prefect.deployments.steps.git_clone"]
    assert (told["repository"], told["branch"]) == ("https://git.example.org/t/r", "main")


def test_the_automation_for_dead_runs_waits_for_three_heartbeats_and_minds_pauses() -> None:
    trigger = heartbeat.automation().trigger
    assert trigger.within == timedelta(seconds=90)  # type: ignore[union-attr]
    assert {"prefect.flow-run.Paused", "prefect.flow-run.heartbeat"} <= trigger.expect  # type: ignore[union-attr]


@pytest.mark.parametrize("there", [True, False])
def test_the_automation_for_dead_runs_is_made_where_the_server_has_none(
    monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    made: list[str] = []

    def read(name: str) -> Automation:
        if there:
            return heartbeat.automation()
        raise ValueError(f"no automation {name!r}")

    def create(self: Automation) -> Automation:
        made.append(self.name)
        return self

    monkeypatch.setattr(Automation, "read", read)
    monkeypatch.setattr(Automation, "create", create)
    assert heartbeat.ensure_automation() == (not there)
    assert made == ([] if there else [heartbeat.NAME])


def test_a_server_that_does_not_answer_is_one_line_with_the_deployments_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise ConnectError("All connection\nattempts failed")

    monkeypatch.setattr(deployment, "get_client", unreachable)
    words = "Prefect does not accept the deployment retrain/denoise: All connection attempts failed"
    with pytest.raises(DeploymentError, match=f"^{words}$"):
        deployment.deploy(WANTED)


def test_prefect_yaml_declares_what_the_command_would_make() -> None:
    (declared,) = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    recipe = yaml.safe_load((ROOT / declared["parameters"]["recipe"]).read_text())
    wanted = replace(WANTED, model=recipe["model"], data=recipe["data"]["root"], on_data_change=True, on_drift=True)
    made = deployment._deployment(wanted, [], deployment._triggers(wanted))
    assert (declared["name"], declared["entrypoint"], declared["tags"]) == (made.name, made.entrypoint, made.tags)
    for said, trigger in zip(declared["triggers"], deployment._triggers(wanted), strict=True):
        assert set(said["expect"]) == trigger.expect  # type: ignore[union-attr]
        assert said["match"] == trigger.match.root  # type: ignore[union-attr]


def test_the_teams_services_open_no_port_beyond_the_loopback_and_ask_for_passwords() -> None:
    text = (ROOT / "deploy" / "docker-compose.yaml").read_text()
    services = yaml.safe_load(text)["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "${DATABASE_PASSWORD:?" in text
    assert "${S3_PASSWORD:?" in text


def test_the_teams_prefect_page_asks_the_port_that_is_published() -> None:
    server = yaml.safe_load((ROOT / "deploy" / "docker-compose.yaml").read_text())["services"]["prefect"]
    (port,) = server["ports"]
    published = port.removeprefix("127.0.0.1:").rpartition(":")[0]
    assert f"http://127.0.0.1:{published}/api" in server["environment"]["PREFECT_SERVER_UI_API_URL"]


def test_a_deployment_of_an_earlier_version_finds_its_flow() -> None:
    from prefect.flows import load_flow_from_entrypoint

    assert load_flow_from_entrypoint("burnish_flows.retrain.retrain").name == retrain.name
