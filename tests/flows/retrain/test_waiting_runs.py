"""A Prefect server that does not answer ends no retraining: what was not cancelled is said."""

from __future__ import annotations

import logging
from uuid import uuid4

import pytest
from burnish_flows.retrain import waiting_runs
from burnish_flows.retrain.waiting_runs import supersede
from httpx import ConnectError
from prefect.client.schemas.objects import FlowRun


def test_a_server_that_does_not_answer_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unreachable(**_: object) -> None:
        raise ConnectError("All connection attempts failed")

    monkeypatch.setattr(waiting_runs, "get_client", unreachable)
    with caplog.at_level(logging.WARNING, logger=waiting_runs.__name__):
        assert supersede(FlowRun(flow_id=uuid4(), deployment_id=uuid4())) == 0
    assert "scheduled runs that are due were not cancelled: All connection attempts failed" in caplog.text


def test_a_run_of_no_deployment_asks_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(**_: object) -> None:
        raise AssertionError("a server was asked")

    monkeypatch.setattr(waiting_runs, "get_client", forbidden)
    assert supersede(FlowRun(flow_id=uuid4())) == 0
