"""Many processes promote at once: one champion, a true predecessor, every decision kept, none lost."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from burnish_flows.registry.store import Registry
from burnish_flows.services import embedded_store
from workshop import environment, free_ports, server

pytestmark = [pytest.mark.slow, pytest.mark.system]

PROCESSES = 8
ROUNDS = int(os.environ.get("BURNISH_ROUNDS", "2"))

PROMOTER = """
    import os, sys
    from burnish_flows.registry import promotion
    from burnish_flows.registry.decision import GateResult
    from burnish_flows.registry.promotion import Findings
    from burnish_flows.registry.store import ChampionChangedError, Registry

    registry = Registry.connected(sys.argv[1])
    good = GateResult(gate="g", passed=True, reason="better")
    print("ready", flush=True)
    for line in sys.stdin:
        number = line.strip()
        while True:
            try:
                findings = Findings(judgements=(good,), reason="r", expected=registry.champion("tiny"))
                promotion.decide(registry, "tiny", number, findings, who=str(os.getpid()))
                break
            except ChampionChangedError:
                pass
        print("done", flush=True)
"""
KNOWN = {"data_md5": "d", "recipe_digest": "r", "plugins": "p==1", "licence": "Apache-2.0"}


@pytest.mark.parametrize("hosts", ["one host", pytest.param("several hosts", marks=pytest.mark.long)])
def test_eight_promoters_at_once_lose_nothing(tmp_path: Path, hosts: str) -> None:
    if hosts == "one host":
        _race(f"sqlite:///{tmp_path}/mlflow.db", tmp_path, separate=False)
        return
    (port,) = free_ports(1)
    uri = f"http://127.0.0.1:{port}"
    command = ["mlflow", "server", "--workers", "1", "--port", str(port), "--backend-store-uri",
               f"sqlite:///{tmp_path}/mlflow.db", "--artifacts-destination", str(tmp_path / "artifacts")]  # fmt: skip
    embedded_store.ensure(f"sqlite:///{tmp_path}/mlflow.db")
    with server(command, {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}, f"{uri}/health"):
        _race(uri, tmp_path, separate=True)


def _race(uri: str, folder: Path, *, separate: bool) -> None:
    """``separate``: each promoter has file locks of its own, as on a host of its own."""
    registry = Registry.connected(uri)
    promoters = [_promoter(uri, folder / f"host{i if separate else 0}") for i in range(PROCESSES)]
    try:
        for promoter in promoters:
            assert _line(promoter) == "ready"
        for turn in range(ROUNDS):
            before = registry.aliases("tiny").get("champion", "") if registry.exists("tiny") else ""
            numbers = [_registered(registry) for _ in range(PROCESSES)]
            for promoter, number in zip(promoters, numbers, strict=True):
                assert promoter.stdin is not None
                promoter.stdin.write(f"{number}\n")
                promoter.stdin.flush()
            for promoter in promoters:
                assert _line(promoter) == "done"
            made = registry.history("tiny")[turn * PROCESSES :]
            assert sorted(decision.version for decision in made) == sorted(numbers), "every decision, once"
            assert [d.champion_before for d in made] == [before, *(d.champion_after for d in made[:-1])]
            aliases = registry.aliases("tiny")
            assert (aliases["champion"], aliases["previous"]) == (made[-1].version, made[-2].version)
            assert registry.pending("tiny") is None
    finally:
        for promoter in promoters:
            promoter.kill()
            promoter.wait()


def _promoter(uri: str, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROMOTER), uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env={**environment(), "XDG_CACHE_HOME": str(cache), "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4"},
    )  # fmt: skip


def _line(promoter: subprocess.Popen[str]) -> str:
    assert promoter.stdout is not None
    return promoter.stdout.readline().strip()


def _registered(registry: Registry) -> str:
    return registry.create_version(
        "tiny", source="s3://nowhere/model", run_id="", model_id="", tags=KNOWN, card="# card"
    ).number
