"""What the system tests work with: a small project, the real command line, real servers."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import warm

PATIENCE = 1800.0
"""Seconds for what comes sooner or later on any machine; a process that died ends the wait at once."""

BURNISH = [sys.executable, "-m", "burnish.cli.main"]

RECIPE = """
model: tiny
restorer: {id: cnn/dncnn, config: {depth: 3, features: 8, channels: 3}}
degrader: {id: degradations/gaussian-noise, config: {sigma: 0.098}}
data: {root: pictures}
training:
  budget: {steps: STEPS}
  batch: 4
  patch: 32
  learning_rate: RATE
  validate_every: 20
  checkpoint_every: 5
  precision: fp32
  cores: 1
benchmarks:
  - name: noise25
    degrader: {id: degradations/gaussian-noise, config: {sigma: 0.098}}
    metrics: [metrics/psnr, metrics/ssim]
baselines: [{id: classical/unsharp}]
gates: [GATES]
"""
BASELINE = "classical/unsharp"
"""It makes noise stronger, so that a network of a few steps beats it, as a first champion must."""
GATES = ("{id: burnish/gain}", "{id: burnish/no-regression}")

WANTED = ("astronaut.png", "china.jpg", "chelsea.png", "coffee.png", "flower.jpg", "rocket.jpg", "camera.png")


class Project:
    """A folder with pictures, recipes and what ``burnish`` makes of them."""

    def __init__(self, root: Path, **settings: str) -> None:
        self.root = root
        self.settings = settings
        """Environment variables of every command."""
        self.started: list[subprocess.Popen[str]] = []
        """What ``start`` has started."""

    def burnish(self, *words: str, status: int = 0, **settings: str) -> str:
        """Run a command; its output, or where ``status`` is not 0, what it says of the error."""
        env = {**environment(), **self.settings, **settings}
        if warm.suits(env):
            done = warm.run(words, cwd=self.root, env=env, timeout=PATIENCE)
        else:
            done = subprocess.run(
                [*BURNISH, *words], cwd=self.root, env=env, capture_output=True, text=True, timeout=PATIENCE,
                check=False,
            )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    def shell(self, line: str) -> str:
        """Run a line that a command has printed, as it is, in the same folder; its output."""
        done = subprocess.run(
            ["/bin/sh", "-c", line], cwd=self.root, env={**environment(), **self.settings},
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        process = subprocess.Popen(
            [*BURNISH, *words], cwd=self.root, env={**environment(), **self.settings, **settings}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def retrain(self, recipe: str, *words: str, **settings: str) -> dict[str, Any]:
        """The result of ``burnish retrain``."""
        result: dict[str, Any] = json.loads(self.burnish("retrain", recipe, "--json", *words, **settings))
        return result

    def history(self, model: str = "tiny", **settings: str) -> list[dict[str, Any]]:
        """The decisions about a model."""
        told = json.loads(self.burnish("history", model, "--json", **settings))
        decisions: list[dict[str, Any]] = told["decisions"]
        return decisions

    def decisions(self) -> list[dict[str, Any]]:
        """The decisions about the model, read from the embedded store: to ask often without a process for each."""
        mine = "select run_uuid from params where key = 'model' and value = 'tiny'"
        query = (
            "select p.run_uuid, p.value from params p join runs r on r.run_uuid = p.run_uuid "
            f"where p.key like 'record.%' and r.status = 'FINISHED' and p.run_uuid in ({mine}) "
            "order by r.start_time, p.key"
        )
        found: dict[str, str] = {}
        try:
            with sqlite3.connect(f"file:{self.root / '.burnish' / 'mlflow.db'}?mode=ro", uri=True) as store:
                for run, piece in store.execute(query):
                    found[run] = found.get(run, "") + piece
        except sqlite3.OperationalError:  # it is locked
            return []
        return sorted((json.loads(text) for text in found.values()), key=lambda made: str(made["when"]))

    def recipe(self, name: str, steps: int, rate: float = 0.003, gates: Sequence[str] = GATES, **more: str) -> str:
        """Write a recipe; ``more`` replaces words in it."""
        text = RECIPE.replace("STEPS", str(steps)).replace("RATE", str(rate)).replace("GATES", ", ".join(gates))
        for word, other in more.items():
            text = text.replace(word, other)
        (self.root / name).write_text(text)
        return name


def environment() -> dict[str, str]:
    """This process's, without what leads to its own servers."""
    outside = ("PREFECT_", "MLFLOW_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    return {**kept, "OMP_NUM_THREADS": "1"}


def small_project(root: Path, *, stores: bool = True) -> Project:
    """A git repository with eight small photographs, versioned by ``burnish data add``.

    Args:
        root: A new folder.
        stores: With empty stores of Prefect and MLflow, whose migrations take seven seconds of processor time; False:
            as after a fresh clone.
    """
    shutil.copytree(_prepared(), root, ignore=None if stores else shutil.ignore_patterns(".burnish"))
    return Project(root)


@cache
def _prepared() -> Path:
    """One for all tests of this process, to copy."""
    from burnish_flows.data import sample
    from burnish_flows.services import embedded_store
    from PIL import Image

    folder = Path(tempfile.mkdtemp(prefix="burnish-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root = folder / "project"
    for photograph in sample.PHOTOGRAPHS:
        if photograph.name in WANTED:
            picture = Image.open(sample.locate(photograph)).convert("RGB")
            x, y, half = picture.width // 2, picture.height // 2, 80 if photograph.split == "train" else 48
            path = (root / "pictures" / photograph.path).with_suffix(".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.crop((x - half, y - half, x + half, y + half)).save(path)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    assert "pictures" in Project(root).burnish("data", "add", "pictures")
    embedded_store.ensure(f"sqlite:///{root / '.burnish' / 'mlflow.db'}")
    prefect = [str(Path(sys.executable).with_name("prefect")), "server", "database", "upgrade", "-y"]
    settings = {"PREFECT_HOME": str(root / ".burnish" / "prefect"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    subprocess.run(prefect, env={**environment(), **settings}, check=True, capture_output=True)
    return root


@contextmanager
def server(command: list[str], settings: dict[str, str], health: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server as a process of its own, until it answers at ``health``; ended after the block."""
    program = Path(sys.executable).with_name(command[0])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        [str(program), *command[1:]], env={**environment(), **settings, "PATH": path}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def answers() -> bool:
        assert process.poll() is None, f"{command[0]} ended"
        try:
            urllib.request.urlopen(health, timeout=5).close()
        except OSError:
            return False
        return True

    try:
        until(answers)
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[Any]) -> None:
    """End a process group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(90)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def until(
    condition: Callable[[], Any], patience: float = PATIENCE, *, alive: Sequence[subprocess.Popen[Any]] = ()
) -> None:
    """Wait for it, as long as those live that are to bring it about."""
    last = time.monotonic() + patience
    while not condition():
        dead = [process for process in alive if process.poll() is not None]
        assert not dead or condition(), f"it ended: {[process.args for process in dead]}"
        assert time.monotonic() < last, "nothing happened"
        time.sleep(0.1)
