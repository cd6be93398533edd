"""Facts about what ``burnish doctor`` tells of the stores and servers that flows would use."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from burnish.installation.finding import Finding
from burnish_flows.services.examining import examine


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".burnish").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server() -> Iterator[str]:
    """Answers ``/health`` and ``/api/health``, and nothing else."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path.endswith("/health") else 404)
            self.end_headers()

        def log_message(self, format: str, *words: object) -> None:
            pass

    made = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()


def found() -> dict[str, Finding]:
    return {one.name: one for one in examine()}


def test_in_a_new_project_nothing_is_wrong_and_nothing_is_written(project: Path) -> None:
    told = found()
    assert told["MLflow"].good and told["MLflow"].fact.endswith("mlflow.db, which the first run makes")
    assert told["Prefect"].fact == "no server is set: each run has one of its own"
    assert (told["DVC"].note, told["DVC"].mend) == (True, "burnish data remote s3://bucket/path")
    assert list((project / ".burnish").iterdir()) == []


def test_a_damaged_store_is_found_and_a_whole_one_is_well(project: Path) -> None:
    path = project / ".burnish" / "mlflow.db"
    with sqlite3.connect(path) as made:
        made.execute("create table runs (name text)")
        made.executemany("insert into runs values (?)", [("x" * 500,)] * 200)
    made.close()
    assert found()["MLflow"].good
    content = bytearray(path.read_bytes())
    content[4096:12288] = bytes(range(256)) * 32
    path.write_bytes(content)
    told = found()["MLflow"]
    assert not told.good
    assert "is damaged (" in told.fact and "backup" in told.mend


def test_servers_that_are_set_are_asked_and_passwords_stay_here(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("PREFECT_API_URL", f"{server}/api")
    assert (found()["MLflow"].good, found()["Prefect"].good) == (True, True)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:secret@127.0.0.1:9")
    told = found()["MLflow"]
    assert not told.good
    assert "127.0.0.1:9 does not answer" in told.fact and "secret" not in told.fact


@pytest.mark.parametrize(("there", "good"), [(True, True), (False, False)])
def test_the_folder_of_a_remote_must_be_there(project: Path, there: bool, good: bool) -> None:
    if there:
        (project / "kept").mkdir()
    (project / ".dvc" / "config").write_text("[core]\n    remote = team\n['remote \"team\"']\n    url = ../kept\n")
    told = found()["DVC"]
    assert told.good == good
    assert str(project / "kept") in told.fact


def test_a_remote_elsewhere_is_named_without_its_password(project: Path) -> None:
    (project / ".dvc" / "config").write_text(
        "[core]\nremote = a\n['remote \"a\"']\nurl = https://ann:pw@example.org/x\n"
    )
    told = found()["DVC"]
    assert told.good and "example.org/x" in told.fact and "pw@" not in told.fact
