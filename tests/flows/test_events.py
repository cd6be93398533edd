"""Events reach a Prefect server in one request; without one, nothing happens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from burnish_flows import events

STATUS = 204


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str, Any]]]:
    """Path, authorisation and body of each request to a listener on the loopback."""
    requests: list[tuple[str, str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append((self.path, self.headers.get("Authorization", ""), json.loads(body)))
            self.send_response(STATUS)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{server.server_port}/api")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield requests
    server.shutdown()
    server.server_close()


def test_an_event_names_the_model_that_it_is_about(received: list[tuple[str, str, Any]]) -> None:
    assert events.emit(events.DRIFT, model="denoise", payload={"sigma": 0.2})
    ((path, authorisation, (event,)),) = received
    assert (path, authorisation) == ("/api/events", "")
    assert (event["event"], event["payload"]) == ("burnish.drift", {"sigma": 0.2})
    assert event["resource"]["prefect.resource.id"] == events.resource("denoise") == "burnish.model.denoise"


def test_an_event_about_data_names_the_dataset(received: list[tuple[str, str, Any]]) -> None:
    assert events.data_changed("sets/kodak", {"md5": "aa"})
    assert received[0][2][0]["resource"]["prefect.resource.id"] == "burnish.data.sets/kodak"


def test_a_server_with_a_password_is_given_it(
    received: list[tuple[str, str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:secret")
    assert events.emit("burnish.drift", model="m", payload={})
    assert received[0][1] == "Basic YWRtaW46c2VjcmV0"


@pytest.mark.parametrize("api", ["", "http://127.0.0.1:9/api", "no address"])
def test_without_a_server_nothing_is_sent_and_nothing_raised(monkeypatch: pytest.MonkeyPatch, api: str) -> None:
    monkeypatch.setenv("PREFECT_API_URL", api)
    assert not events.emit("burnish.drift", model="m", payload={})


def test_another_service_on_the_port_takes_no_event_and_nothing_is_raised(
    monkeypatch: pytest.MonkeyPatch, other_service: int
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{other_service}/api")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert not events.emit("burnish.drift", model="m", payload={})
