"""The service under load while its champion is swapped: nothing fails, and every answer names who made it."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

import psutil
import pytest
from workshop import Project, end, free_ports, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

CLIENTS = 8
SWAPS = 5
SECONDS = float(os.environ.get("BURNISH_LOAD_SECONDS", "10"))
"""How long the load lasts."""


def test_eight_clients_lose_nothing_while_the_champion_is_swapped_five_times(project: Project) -> None:
    for name, steps in (("one.yaml", 20), ("two.yaml", 60)):
        project.retrain(project.recipe(name, steps))
    project.burnish("promote", "tiny:1")
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    serving = project.start("serve", "tiny@champion", "--port", str(port), "--interval", "0.2")
    try:
        until(lambda: _ready(address))
        content = (project.root / "pictures" / "test" / "coffee.png").read_bytes()
        first = _restored(address, content)
        stop, failures, made = threading.Event(), [], Counter[str]()

        def ask() -> None:
            while not stop.is_set():
                try:
                    made[_restored(address, content)] += 1
                except (OSError, AssertionError) as error:
                    failures.append(repr(error))

        clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
        begin, before = time.monotonic(), _memory(serving.pid)
        for client in clients:
            client.start()
        swaps = ["2" if turn % 2 == 0 else "1" for turn in range(SWAPS)]
        for number in swaps:
            project.burnish("promote", f"tiny:{number}")
            until(lambda number=number: _ready(address) == f"tiny:{number}")
        time.sleep(max(0.0, SECONDS - (time.monotonic() - begin)))
        after = _memory(serving.pid)
        stop.set()
        for client in clients:
            client.join(30)
        assert failures == []
        assert first == "tiny:1"
        assert made.keys() == {"tiny:1", "tiny:2"}
        assert after - before < 600 << 20, "memory stays bounded"
        for hostile in (b"\x80\x04\x95pickle" * 9, b"/etc/passwd", content[:200]):
            with pytest.raises(urllib.error.HTTPError) as refused:
                _restored(address, hostile)
            assert 400 <= refused.value.code < 500
        print(f"{sum(made.values())} answers, {dict(made)}, memory +{(after - before) >> 20} MiB")
    finally:
        end(serving)


def _restored(address: str, content: bytes) -> str:
    """The version that made the answer."""
    request = urllib.request.Request(f"{address}/restore", content, {"Content-Type": "image/png"})
    with urllib.request.urlopen(request, timeout=1800) as answer:
        assert answer.read(8) == b"\x89PNG\r\n\x1a\n"
        return str(answer.headers["X-Burnish-Model"])


def _ready(address: str) -> str:
    try:
        with urllib.request.urlopen(f"{address}/ready", timeout=5) as answer:
            return str(json.load(answer)["model"])
    except OSError:
        return ""


def _memory(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)
