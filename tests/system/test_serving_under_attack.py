"""A server of its own under attack: slow uploads, a restoration that hangs, SIGTERM and SIGKILL in the middle of it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from served import picture, served, status
from workshop import until

pytestmark = [pytest.mark.slow, pytest.mark.system]


def _restored(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/restore", picture())
    return connection.getresponse().status


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
    with served(tmp_path, uploads=uploads) as (_, port):
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        done = threading.Event()

        def trickle() -> None:
            for connection in slow:
                connection.sendall(
                    b"POST /restore HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + picture()[:64]
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
        assert status(f"http://127.0.0.1:{port}/ready") == 200
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
    with served(tmp_path, "hang") as (process, port):
        _in_background(lambda: _restored(port))
        until((tmp_path / "hangs").exists)
        upload = socket.create_connection(("127.0.0.1", port))
        upload.sendall(b"POST /restore HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + picture())
        until(lambda: _metric(port, "burnish_uploads") == 1)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers, "the decoders"
        os.kill(process.pid, end)
        process.wait(120)
        upload.close()
        until(lambda: not any(_lives(worker) for worker in workers))
        assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_ends_well(tmp_path: Path, end: int) -> None:
    with served(tmp_path, grace=120) as (process, port):
        assert _restored(port) == 200
        os.kill(process.pid, end)
        assert process.wait(300) == 0


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_connection_that_never_says_what_it_wants_is_closed(tmp_path: Path) -> None:
    with served(tmp_path, silence=1) as (_, port):
        silent = socket.create_connection(("127.0.0.1", port))
        silent.settimeout(120)
        half = socket.create_connection(("127.0.0.1", port))
        half.settimeout(120)
        half.sendall(b"POST /restore HTT")
        assert silent.recv(1) == b""
        assert half.recv(1) == b""
        assert _restored(port) == 200
