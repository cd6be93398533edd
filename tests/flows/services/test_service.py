"""A service is waited for, started again when it dies, ended with all that it started; never outlives its parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from burnish_flows.services import service as module
from burnish_flows.services.service import Process, Service, ServiceError, free_port, healthy
from workshop import until


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A console script that serves files, and has a child of its own; as any server would be found."""
    package = tmp_path / "site"
    info = package / "listener-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: listener\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[console_scripts]\nlistener = listener:main\n")
    (package / "listener.py").write_text(
        textwrap.dedent("""
            import subprocess, sys
            from http.server import HTTPServer, SimpleHTTPRequestHandler
            def main():
                if sys.argv[1] == "fail":
                    sys.exit("cannot: the port is taken")
                child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
                open(sys.argv[2], "a").write(f"{child.pid}\\n")
                HTTPServer(("127.0.0.1", int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()
        """)
    )
    monkeypatch.setenv("PYTHONPATH", str(package))
    port = free_port()
    return Service(
        name="listener",
        command=("listener", str(port), str(tmp_path / "children")),
        health=f"http://127.0.0.1:{port}/",
        log=tmp_path / "logs" / "listener.log",
    )


def _children(service: Service) -> list[int]:
    return [int(line) for line in Path(service.command[2]).read_text().split()]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_is_well_when_it_answers_and_ends_with_what_it_started(listening: Service) -> None:
    process = Process(listening)
    process.start()
    process.wait()
    assert healthy(listening.health)
    pid, (child,) = process.pid, _children(listening)
    process.stop()
    assert not healthy(listening.health)
    assert not _lives(pid)
    until(lambda: not _lives(child))


def test_one_that_ends_at_once_is_named_with_its_last_words(listening: Service) -> None:
    process = Process(Service(name="bad", command=("listener", "fail"), health="http://127.0.0.1:9", log=listening.log))
    process.start()
    with pytest.raises(ServiceError, match=r"bad ended with 1: cannot: the port is taken; see .*listener\.log"):
        process.wait()


def test_killed_it_is_started_again(listening: Service) -> None:
    process = Process(listening)
    process.start()
    process.wait()
    first = process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: process.tend() == "died")
    until(lambda: process.tend() == "started")
    assert process.pid != first
    process.wait()
    assert healthy(listening.health)
    assert not _lives(_children(listening)[0]), "what the killed one had started is gone"
    process.stop()


def test_one_that_dies_each_time_is_started_ever_more_seldom(
    listening: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    process = Process(Service(name="bad", command=("listener", "fail"), health="http://127.0.0.1:9", log=listening.log))
    process.start()
    pauses = []
    for _ in range(8):
        assert process._process is not None
        process._process.wait()
        assert process.tend() == "died"
        began = now[0]
        while process.tend() != "started":
            now[0] += 0.5
        pauses.append(now[0] - began)
    process.stop()
    assert pauses == [0, 1, 3, 7, 15, 31, 60, 60]


def test_it_ends_when_its_parent_is_killed(listening: Service) -> None:
    code = f"""
        import os, time
        from pathlib import Path
        from burnish_flows.services.service import Process, Service
        process = Process(Service(name="l", command={listening.command!r}, health={listening.health!r},
                                  log=Path({str(listening.log)!r})))
        process.start()
        process.wait()
        os.kill(os.getpid(), 9)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert killed.returncode == -signal.SIGKILL
    until(lambda: not healthy(listening.health))
    until(lambda: not _lives(_children(listening)[0]))


def test_a_port_that_is_taken_gives_way_to_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in (0, port)
    assert free_port(port) == port


def test_another_service_on_the_port_is_not_it_and_no_address_is_never_well(other_service: int) -> None:
    assert not healthy(f"http://127.0.0.1:{other_service}/health")
    assert not healthy("foo/health")
