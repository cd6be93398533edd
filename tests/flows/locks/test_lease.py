"""The right to write across hosts: one holder at a time, found dead by its silence, and told when it was too slow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from burnish_flows.locks.lease import LeaseHeldError, LeaseLostError, is_lease, lease
from burnish_flows.registry.store import Registry

SHORT = 6.0
"""Seconds after which a silent holder counts as dead in these tests; a slow machine still renews in between."""

HOLDER = """
    import sys, time
    from burnish_flows.locks.lease import LeaseLostError, lease
    from burnish_flows.registry.store import Registry

    with lease(Registry.connected(sys.argv[1]).client, "denoise", patience=0, seconds=6.0) as held:
        print("held", flush=True)
        sys.stdin.readline()
        try:
            held.check()
            print("still", flush=True)
        except LeaseLostError:
            print("lost", flush=True)
"""


def _holder(store: str) -> subprocess.Popen[str]:
    code = [sys.executable, "-c", textwrap.dedent(HOLDER), store]
    process = subprocess.Popen(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def _told(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_a_lease_that_was_given_back_leaves_nothing_in_the_store(registry: Registry) -> None:
    with lease(registry.client, "denoise", patience=0, seconds=SHORT) as held:
        held.check()
        names = [model.name for model in registry.client.search_registered_models()]
        assert [is_lease(name) for name in names] == [True]
    assert registry.client.search_registered_models() == []


def test_a_living_holder_is_named_and_keeps_what_it_holds(registry: Registry, store: str) -> None:
    holder = _holder(store)
    with (
        pytest.raises(LeaseHeldError, match=f"process {holder.pid} on "),
        lease(registry.client, "denoise", patience=0, seconds=SHORT),
    ):
        pass
    assert _told(holder) == "still"
    assert holder.wait(1800) == 0


def test_a_killed_holder_is_found_dead_and_replaced(registry: Registry, store: str) -> None:
    holder = _holder(store)
    holder.kill()
    holder.wait()
    with lease(registry.client, "denoise", patience=0, seconds=SHORT) as held:
        held.check()
    assert registry.client.search_registered_models() == []


def test_a_holder_that_slept_through_its_lease_is_told_and_takes_nothing_from_the_next(
    registry: Registry, store: str
) -> None:
    holder = _holder(store)
    holder.send_signal(signal.SIGSTOP)
    with lease(registry.client, "denoise", patience=0, seconds=SHORT) as held:
        holder.send_signal(signal.SIGCONT)
        assert _told(holder) == "lost"
        assert holder.wait(1800) == 0
        time.sleep(SHORT / 2)
        held.check()


def test_of_many_at_once_only_one_is_inside(registry: Registry) -> None:
    inside, most, rounds = 0, 0, []

    def enter() -> None:
        nonlocal inside, most
        with lease(registry.client, "denoise", patience=60, seconds=60.0):
            inside += 1
            most = max(most, inside)
            time.sleep(0.02)
            inside -= 1
            rounds.append(1)

    threads = [threading.Thread(target=enter) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(1800)
    assert (most, len(rounds)) == (1, 5)


def test_a_lease_that_cannot_be_renewed_refuses_writes(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    with lease(registry.client, "denoise", patience=0, seconds=SHORT) as held:
        monkeypatch.setattr(registry.client, "set_registered_model_tag", lambda *_: (_ for _ in ()).throw(OSError))
        time.sleep(SHORT)
        with pytest.raises(LeaseLostError, match="denoise: the lock could not be renewed"):
            held.check()
