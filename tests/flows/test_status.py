"""How things stand, told from the stores; without servers, too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from burnish_flows import status, up_state
from burnish_flows.environment import Project
from burnish_flows.registry import promotion
from burnish_flows.registry.decision import WARNING, GateResult
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import Registry
from burnish_flows.scheduling import prefect_runs
from burnish_flows.scheduling.prefect_runs import Prefect
from burnish_flows.status import Deployment, FlowRun, Model, ProjectStatus, ServiceStatus
from burnish_flows.up_state import Running

GOOD = GateResult(gate="g", passed=True, reason="better")


@pytest.fixture
def found(
    registry: Registry, registered: Callable[..., str], store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], ProjectStatus]:
    """Asks anew."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return lambda: status.take(Project(root=tmp_path))


def test_the_champion_is_told_with_since_when_and_why(
    found: Callable[[], ProjectStatus], registry: Registry, registered: Callable[..., str]
) -> None:
    for number, expected, reason in ((registered(), "", "the first"), (registered(), "1", "sharper")):
        promotion.decide(
            registry, "denoise", number, Findings(judgements=(GOOD,), reason=reason, expected=expected), who="ann"
        )
    promotion.freeze(registry, "denoise", reason="release week", who="bob")
    (model,) = found().models
    made = registry.history("denoise")[1]
    assert (model.champion, model.why, model.who, model.since) == ("2", "sharper", "ann", made.when)
    assert model.frozen == "release week"
    promotion.rollback(registry, "denoise", reason="halos", who="bob")
    assert (found().models[0].champion, found().models[0].why) == ("1", "halos")


def test_that_a_baseline_beats_the_champion_is_told_by_the_newest_decision_that_knows(
    found: Callable[[], ProjectStatus], registry: Registry, registered: Callable[..., str]
) -> None:
    def decide(expected: str, judgement: GateResult, beaten: dict[str, str]) -> None:
        findings = Findings(judgements=(judgement,), reason="r", expected=expected, beaten=beaten)
        promotion.decide(registry, "denoise", registered(), findings, who="ann")

    bad = GateResult(gate="g", passed=False, reason="worse")
    decide("", GOOD, {"1": ""})
    assert found().models[0].beaten == ""
    decide("1", bad, {"1": "a baseline beats it on a: x; a baseline beats it on b: y", "2": "z"})
    decide("1", bad, {})
    assert found().models[0].beaten == "a baseline beats it on a: x; a baseline beats it on b: y"
    told = status.lines(found())
    assert "    WARNING: a baseline beats it on a: x" in told and "    WARNING: a baseline beats it on b: y" in told
    decide("1", bad, {"1": ""})
    assert found().models[0].beaten == "" and "WARNING" not in "\n".join(status.lines(found()))


def test_of_a_champion_of_an_older_version_the_warning_of_its_promotion_is_told(
    found: Callable[[], ProjectStatus], registry: Registry, registered: Callable[..., str]
) -> None:
    warned = GateResult(gate=WARNING, passed=True, reason="a baseline beats it on noise: …")
    findings = Findings(judgements=(GOOD, warned), reason="r", expected="")
    promotion.decide(registry, "denoise", registered(), findings, who="ann")
    assert found().models[0].beaten == warned.reason


def test_without_servers_the_store_is_told_and_no_lease_is_taken_for_a_model(
    found: Callable[[], ProjectStatus], registry: Registry, store: str
) -> None:
    registry.client.create_registered_model("burnish-lease.denoise.registry")
    told = found()
    assert told.services == (ServiceStatus(name="mlflow", address=store, well=True),)
    assert told.models == ()
    assert "prefect  none" in "\n".join(status.lines(told))


def test_the_lines_name_what_is_down_what_is_due_and_what_failed() -> None:
    told = ProjectStatus(
        services=(ServiceStatus(name="prefect", address="http://p", well=False),),
        deployments=(
            Deployment(name="retrain/a", schedules=("cron 0 3 * * *",), due="2026-01-02T03:00", paused=False),
        ),
        runs=(FlowRun(name="r.yaml", flow="retrain", state="Failed", began="2026", seconds=2, message="why"),),
        models=(Model(name="a", champion="3", since="2026-01-01T04:00", why="so " * 99, who="ann", open=("v4 held",)),),
    )
    text = "\n".join(status.lines(told))
    assert "prefect  DOWN" in text
    assert "due 2026-01-02 03:00" in text
    assert "Failed" in text
    assert "why" in text
    assert "a: v3 since 2026-01-01 04:00 by ann" in text
    assert "v4 held" in text
    assert max(map(len, text.splitlines())) < 140, "a reason of any length stays a line"


@pytest.fixture
def prefect(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a server that is well and tells nothing without an account."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/api/health" else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()


def test_a_named_prefect_is_asked_beside_what_up_has_started(
    found: Callable[[], ProjectStatus], tmp_path: Path, prefect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = FlowRun(name="r.yaml", flow="retrain", state="Completed", began="2026", seconds=2)
    monkeypatch.setattr(prefect_runs, "asked", lambda: Prefect(runs=(run,)))
    monkeypatch.setenv("PREFECT_API_URL", prefect)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setattr(status, "_models", lambda *_: ())
    mlflow = {"address": "http://127.0.0.1:9", "health": "http://127.0.0.1:9", "log": "m.log", "pid": "7"}
    up = Running(pid=1, since="", prefect=prefect, mlflow=mlflow["address"], services={"mlflow": mlflow})
    with up_state.alone(tmp_path / ".burnish"):
        up_state.write(tmp_path / ".burnish", up)
        told = found()
    assert told.services == (
        ServiceStatus(name="mlflow", address="http://127.0.0.1:9", well=False, log="m.log", pid=7),
        ServiceStatus(name="prefect", address=prefect, well=True),
    )
    assert (told.runs, told.offline) == ((run,), False)


def test_what_up_has_started_is_told_of_once(
    found: Callable[[], ProjectStatus], tmp_path: Path, prefect: str, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefect_runs, "asked", Prefect)
    monkeypatch.setenv("PREFECT_API_URL", prefect)
    ours = {"address": prefect.removesuffix("/api"), "health": f"{prefect}/health", "log": "p.log", "pid": "7"}
    with up_state.alone(tmp_path / ".burnish"):
        up = Running(pid=1, since="", prefect=prefect, mlflow=store, services={"prefect": ours})
        up_state.write(tmp_path / ".burnish", up)
        assert [(one.name, one.log) for one in found().services] == [("prefect", "p.log"), ("mlflow", "")]


def test_a_prefect_that_refuses_without_an_account_is_named_with_the_mend(
    found: Callable[[], ProjectStatus], prefect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setenv("PREFECT_API_URL", prefect)
    with temporary_settings({PREFECT_API_URL: prefect}):
        note = found().note
    assert note.startswith(f"{prefect} refuses: ")
    assert note.endswith("; check PREFECT_API_AUTH_STRING")


def test_a_prefect_that_goes_away_meanwhile_is_no_failure(
    found: Callable[[], ProjectStatus], prefect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Prefect:
        raise ConnectionError("All connection attempts failed")

    monkeypatch.setattr(prefect_runs, "asked", gone)
    monkeypatch.setenv("PREFECT_API_URL", prefect)
    assert found().note == f"{prefect} does not report its runs: All connection attempts failed"
