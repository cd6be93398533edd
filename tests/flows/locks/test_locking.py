"""Locks that die with their process."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from burnish.errors import RegistryError
from burnish_flows.locks.lease import lease
from burnish_flows.locks.locking import lock_folder, registry_lock, run_lock
from burnish_flows.registry.store import Registry

SHORT = 6.0
"""Seconds of the lease: it is renewed, and so seen to live, every eighth of them."""

HOLDER = """
    import sys, time
    from burnish_flows.locks.locking import run_lock
    with run_lock(sys.argv[1], "denoise"):
        print("held", flush=True)
        time.sleep(7200)
"""


def test_locks_of_an_sqlite_store_are_beside_it_and_of_a_server_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert lock_folder(f"sqlite:///{tmp_path}/mlflow.db") == tmp_path / "locks" / "mlflow"
    one, two = lock_folder("http://one:5000"), lock_folder("http://two:5000")
    assert one != two
    assert one.is_relative_to(tmp_path / "cache" / "burnish")


def test_a_second_retraining_is_told_which_process_is_at_it_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    holder = subprocess.Popen([sys.executable, "-c", textwrap.dedent(HOLDER), uri], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RegistryError, match=f"denoise: is already being retrained by process {holder.pid} since"):
        run_lock(uri, "denoise").__enter__()
    with run_lock(uri, "deblur"):
        pass
    holder.kill()
    holder.wait()
    with run_lock(uri, "denoise"):
        pass


def test_waiting_for_the_registry_ends_with_a_clear_word(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with (
        registry_lock(uri, "denoise"),
        pytest.raises(RegistryError, match="another process has held"),
        registry_lock(uri, "denoise", patience=0.1),
    ):
        pass


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        ("registry", "denoise: {holder} has held the lock of http://one:5000 for 0 s; end that process"),
        ("run", "denoise: is already being retrained by {holder}; wait for its end"),
    ],
)
def test_a_holder_on_another_host_is_named_by_its_lease_in_the_store(
    registry: Registry, purpose: str, words: str
) -> None:
    uri, client = "http://one:5000", registry.client
    taken = (
        registry_lock(uri, "denoise", client=client, patience=0)
        if purpose == "registry"
        else run_lock(uri, "denoise", client=client)
    )
    holder = f"process {os.getpid()} on {socket.gethostname()}"
    with (
        lease(client, f"denoise.{purpose}", patience=0, seconds=SHORT),
        pytest.raises(RegistryError, match=re.escape(words.format(holder=holder))),
        taken,
    ):
        pass
