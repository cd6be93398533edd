"""Secrets are planted wherever people put them; then everything that comes out is searched for them."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from workshop import BURNISH, Project, end, environment, free_ports, server

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.system]

MARK = "PLANTED"
"""What every planted secret holds."""


class Receiver:
    """Takes webhooks; keeps all that it is sent."""

    def __init__(self) -> None:
        self.got = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/hook/{MARK}-webhook-path"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                with closing(client):
                    head, _, body = client.recv(1 << 20).partition(b"\r\n\r\n")
                    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                    while len(body) < length:
                        body += client.recv(1 << 20)
                    self.got += body
                    client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    def close(self) -> None:
        self._listening.close()


@contextmanager
def _arguments_watched(seen: set[str]) -> Iterator[None]:
    """Meanwhile, note the arguments of every process of this machine that holds the mark."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    words = path.read_bytes().decode(errors="replace")
                    if MARK in words and "-c\0" not in words:
                        seen.add(words.replace("\0", " "))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _files_that_tell(folder: Path) -> list[str]:
    """Files below the folder that hold a planted secret, databases and hidden files included."""
    found = []
    for path in sorted(folder.rglob("*")):
        with suppress(OSError):
            if path.is_file() and MARK.encode() in path.read_bytes():
                found.append(str(path.relative_to(folder)))
    return found


def _run(project: Project, *words: str, **settings: str) -> str:
    """All that the command says."""
    done = subprocess.run(
        [*BURNISH, *words], cwd=project.root, env={**environment(), **project.settings, **settings},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    return f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def test_nothing_that_comes_out_of_a_retraining_and_of_what_fails_after_it_holds_a_planted_secret(
    alone: Project, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    store = tmp_path / "mlflow"
    store.mkdir()
    shutil.move(alone.root / ".burnish" / "mlflow.db", store / "mlflow.db")
    origin = f"https://x-access-token:{MARK}-git-token@git.invalid/team/project.git"
    subprocess.run(["git", "remote", "add", "origin", origin], cwd=alone.root, check=True)
    receiver = Receiver()
    alone.settings |= {
        "MLFLOW_TRACKING_URI": f"http://robot:{MARK}-tracking@127.0.0.1:{port}",
        "AWS_SECRET_ACCESS_KEY": f"{MARK}/secret+access/key",
        "PREFECT_API_KEY": f"pnu_{MARK}",
        "MLFLOW_TRACKING_PASSWORD": f"{MARK}-tracking-password",
        "MLFLOW_TRACKING_USERNAME": "robot",
        "HTTPS_PROXY": f"http://me:{MARK}-proxy@127.0.0.1:9",
        "BURNISH_WEBHOOK_URL": receiver.url,
        "BURNISH_WEBHOOK_SECRET": f"{MARK}-webhook-secret",
        "BURNISH_WEBHOOK_ALLOW": "127.0.0.1",
        "BURNISH_WEBHOOK_EVENTS": "all",
    }
    recipe = alone.recipe("r.yaml", 6)
    text = (alone.root / recipe).read_text()
    (alone.root / recipe).write_text(
        f"description: see https://ann:{MARK}-description@wiki.invalid/x?token={MARK}\n{text}"
    )
    said: dict[str, str] = {}
    seen: set[str] = set()
    command = ["mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    settings = {
        "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{store / 'mlflow.db'}",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    command += ["--default-artifact-root", (store / "artifacts").as_uri(), "--no-serve-artifacts"]
    with _arguments_watched(seen):
        with server(command, settings, f"http://127.0.0.1:{port}/health"):
            said["retrain"] = _run(alone, "retrain", recipe, "--json")
            said["lineage"] = _run(alone, "lineage", "tiny:1")
            said["rollback"] = _run(alone, "rollback", "tiny", "--reason", f"see http://u:{MARK}-reason@h")
            said["freeze"] = _run(alone, "freeze", "tiny", "--reason", f"see http://u:{MARK}-reason@h", "--json")
            said["remote"] = _run(alone, "data", "remote", f"https://ann:{MARK}-dvc@store.invalid/data", "--no-push")
            said["push"] = _run(alone, "data", "push", "pictures")
        for name in ("history", "status", "lineage", "retrain", "rollback", "serve", "restore"):  # the server is away
            words = {"lineage": ["tiny:1"], "retrain": [recipe], "status": [], "serve": ["tiny@champion"]}
            picture = next((alone.root / "pictures").rglob("*.png"))
            words["restore"] = [str(picture), "out.png", "--model", "tiny@champion"]
            said[f"{name}, away"] = _run(alone, name, *words.get(name, ["tiny"]), MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    receiver.close()
    assert said["retrain"].startswith("exit 0"), said["retrain"]
    assert said["freeze"].startswith("exit 0"), said["freeze"]
    assert "MLflow does not answer" in said["history, away"]
    assert {name: text for name, text in said.items() if MARK in text} == {}
    typed = {words for words in seen if "burnish.cli.main" in words}  # for the moment before they start themselves anew
    assert seen - typed == set()
    assert b"model_registered" in receiver.got
    assert b"run_failed" in receiver.got or b"freeze" in receiver.got
    assert MARK.encode() not in receiver.got
    assert _files_that_tell(alone.root / ".burnish") == []
    assert _files_that_tell(store) == []
    assert _files_that_tell(alone.root / ".dvc") == ["config.local"]
    assert json.loads(said["freeze"].partition("\n")[2].partition("}\n")[0] + "}")["reason"] == "see http://***@h"


def test_a_password_in_up_store_is_in_no_argument_no_log_and_no_message(alone: Project) -> None:
    seen: set[str] = set()
    address = f"postgresql://burnish:{MARK}-store@127.0.0.1:{free_ports(1)[0]}/mlflow"
    with _arguments_watched(seen):
        begun = time.monotonic()
        process = alone.start("up", "--no-worker", "--store", address, "--prefect-port", "0", "--mlflow-port", "0")
        log = alone.root / ".burnish" / "logs" / "mlflow.log"
        while process.poll() is None and time.monotonic() < begun + 120:
            if log.exists() and b"OperationalError" in log.read_bytes():
                break
            time.sleep(0.1)
        seen = {words for words in seen if "burnish.cli.main" not in words or "***" in words}
        seen.clear()  # until here it may have been the moment before the process started itself anew
        time.sleep(0.5)
        end(process)
        out, err = process.communicate(timeout=60)
    assert seen == set()
    assert MARK not in out + err
    assert _files_that_tell(alone.root / ".burnish") == []
