"""A server of its own under attack: slow uploads, a restoration that hangs, SIGTERM and SIGKILL in the middle of it."""

from __future__ import annotations

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from workshop import environment, free_ports, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

SERVER = """
import sys, time
from pathlib import Path
from burnish.inference import load_restorer
from burnish_flows.serving import service
from burnish_flows.serving.app import Limits, create_app
from burnish_flows.serving.ending import run
from burnish_flows.serving.following import Served

class Fixed:
    reference, trouble = "denoise@champion", ""
    current = Served(model="denoise", version="1", loaded=load_restorer("classical/median"))
    def stop(self): pass

def hang(*_, **__):
    Path(sys.argv[2], "hangs").touch()
    time.sleep(1e6)

if sys.argv[3] == "hang":
    service.answer = hang
run(create_app(Fixed(), Limits(uploads=int(sys.argv[4]))), host="127.0.0.1", port=int(sys.argv[1]), grace=1)
"""


@contextmanager
def _server(folder: Path, how: str = "work", uploads: int = 256) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    (port,) = free_ports(1)
    pictures = folder / "tmp"
    pictures.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port), str(folder), how, str(uploads)],
        env={**environment(), "TMPDIR": str(pictures)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: process.poll() is None and _status(port, "/ready") == 200)
        yield process, port
    finally:
        process.kill()
        process.wait()


def _status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _restored(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/restore", _picture())
    return connection.getresponse().status


def _picture() -> bytes:
    target = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)).save(target, "PNG")
    return target.getvalue()


def _in_background(work: Callable[[], object]) -> threading.Thread:
    def quietly() -> None:
        try:
            work()
        except (OSError, http.client.HTTPException):
            return  # the server was ended meanwhile

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("uploads", [256, 8])
def test_forty_connections_that_trickle_take_no_place_from_honest_clients(tmp_path: Path, uploads: int) -> None:
    with _server(tmp_path, uploads=uploads) as (_, port):
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        done = threading.Event()

        def trickle() -> None:
            for connection in slow:
                connection.sendall(
                    b"POST /restore HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + _picture()[:64]
                )
            while not done.wait(0.2):
                for connection in slow:
                    try:
                        connection.sendall(b"x")
                    except OSError:  # dropped
                        continue

        thread = _in_background(trickle)
        until(lambda: _metric(port, "burnish_uploads") >= min(40, uploads) - 1)
        assert [_restored(port) for _ in range(10)] == [200] * 10
        assert _status(port, "/ready") == 200
        done.set()
        thread.join()
        for connection in slow:
            connection.close()


def _metric(port: int, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_whatever_it_does_a_server_ends_and_leaves_neither_pictures_nor_processes(tmp_path: Path, end: int) -> None:
    with _server(tmp_path, "hang") as (process, port):
        _in_background(lambda: _restored(port))
        until((tmp_path / "hangs").exists)
        upload = socket.create_connection(("127.0.0.1", port))
        upload.sendall(b"POST /restore HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + _picture())
        until(lambda: _metric(port, "burnish_uploads") == 1)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers, "the decoders"
        os.kill(process.pid, end)
        process.wait(120)
        upload.close()
        until(lambda: not any(_lives(worker) for worker in workers))
        assert list((tmp_path / "tmp").iterdir()) == []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_connection_that_never_says_what_it_wants_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = SERVER.replace(
        "run(create_app", "from burnish_flows.serving import ending; ending.SILENCE = 1\nrun(create_app"
    )
    monkeypatch.setattr(sys.modules[__name__], "SERVER", program)
    with _server(tmp_path) as (_, port):
        silent = socket.create_connection(("127.0.0.1", port))
        silent.settimeout(120)
        half = socket.create_connection(("127.0.0.1", port))
        half.settimeout(120)
        half.sendall(b"POST /restore HTT")
        assert silent.recv(1) == b""
        assert half.recv(1) == b""
        assert _restored(port) == 200
