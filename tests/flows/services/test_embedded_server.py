"""The embedded Prefect server: up beside the imports, gone with its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from burnish_flows.services.embedded_server import EmbeddedServer, ServerError

PARENT = """
    import os, sys
    from pathlib import Path
    from burnish_flows.services.embedded_server import EmbeddedServer

    server = EmbeddedServer(Path(sys.argv[1]) / "server.log")
    server.start()
    server.wait()
    print(server._process.pid, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_server_that_is_named_already_is_used_and_none_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example/api")
    server = EmbeddedServer(tmp_path / "server.log")
    server.start()
    server.wait()
    server.stop()
    assert os.environ["PREFECT_API_URL"] == "http://prefect.example/api"
    assert not (tmp_path / "server.log").exists()


def test_a_server_that_ends_at_once_is_an_error_that_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    server = EmbeddedServer(tmp_path / "server.log")
    server.start()
    with pytest.raises(ServerError, match=r"ended with 1; see .*server\.log"):
        server.wait()
    server.stop()
    assert "PREFECT_API_URL" not in os.environ


@pytest.mark.slow
def test_the_server_answers_and_is_gone_after_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    server = EmbeddedServer(tmp_path / "server.log")
    server.start()
    address = os.environ["PREFECT_API_URL"]
    server.wait()
    assert urllib.request.urlopen(f"{address}/health", timeout=5).read() == b"true"
    server.stop()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{address}/health", timeout=5)


@pytest.mark.slow
def test_the_server_of_a_killed_run_ends_by_itself(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path)],
        env={**environment, "PREFECT_HOME": str(tmp_path)}, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    assert done.returncode == -9
    pid = int(done.stdout)
    end = time.monotonic() + 1800
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "the server outlived its parent"
        time.sleep(0.1)
