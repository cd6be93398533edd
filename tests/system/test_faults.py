"""Whatever dies, fills up or breaks: nothing is lost, nothing is half done, and the next run mends it.

``BURNISH_POINTS=20`` injects each fault at that many points instead of the few of an ordinary run (those of
``test_up.py`` are run with ``--long``).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import mischief
import pytest
from burnish.io import scratch
from workshop import BASELINE, Project, small_project, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

POINTS = int(os.environ.get("BURNISH_POINTS", "0"))
STAGES = ("snapshot", "train", "evaluate", "register", "decide", "report")
STEPS = 40


def _few(points: list[str], few: int) -> list[str]:
    """An ordinary run's share, spread over all of them."""
    count = POINTS or few
    if count == 1:
        return [points[len(points) // 2]]
    return [points[round(i * (len(points) - 1) / (count - 1))] for i in range(min(count, len(points)))]


BOUNDARIES = [f"kill 0 {when} {stage}" for stage in STAGES for when in ("before", "after")]
WITHIN = [f"kill {0.3 * number:.1f} before train" for number in range(1, 9)]
WRITES = [f"kill at write {number}" for number in range(1, 21)]
PLACES = ("checkpoints 1", "checkpoints 3", "work 1", "scores 1", "scores 2", "reports 1")
WRITING = [f"kill {when} {place}" for place in PLACES for when in ("made", "unmoved", "moved")]
ALWAYS = ["kill unmoved scores 2"]
"""What once left a folder lying, on a machine that was slow enough for a kill after so many seconds to come there."""
DEATHS = [*ALWAYS, *_few(BOUNDARIES + WRITING + (WITHIN if POINTS else []), 1)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> tuple[Project, str]:
    """A project where nothing was ever run, and the weights that its recipe gives without any fault."""
    project = small_project(tmp_path_factory.mktemp("undisturbed") / "project")
    project.settings["PREFECT_API_URL"] = prefect_api
    project.recipe("r.yaml", STEPS)
    witness = Project(project.root.with_name("witness"), **project.settings)
    shutil.copytree(project.root, witness.root)
    result = witness.retrain("r.yaml")
    assert result["outcome"] == "promoted"
    return project, _weights(witness)


@pytest.fixture
def fresh(undisturbed: tuple[Project, str], tmp_path: Path) -> Project:
    """A copy of that project for this test."""
    project = Project(tmp_path / "project", **undisturbed[0].settings)
    shutil.copytree(undisturbed[0].root, project.root)
    return project


def _weights(project: Project) -> str:
    tags = _versions(project)[-1]
    return str(tags["weights_sha256"])


def _versions(project: Project) -> list[dict[str, Any]]:
    """Number and tags of each version of the model, oldest first."""
    with sqlite3.connect(project.root / ".burnish" / "mlflow.db") as store:
        found: dict[str, dict[str, Any]] = {}
        rows = "select version, key, value from model_version_tags where name = 'tiny' order by cast(version as int)"
        for number, key, value in store.execute(rows):
            found.setdefault(str(number), {"number": str(number)})[key] = value
    return list(found.values())


def _is_whole(project: Project, weights: str) -> None:
    """One version, one decision, the very weights, and nothing left lying about."""
    assert [version["number"] for version in _versions(project)] == ["1"]
    assert _weights(project) == weights
    told = json.loads(project.burnish("history", "tiny", "--json"))
    assert [(decision["kind"], decision["version"]) for decision in told["decisions"]] == [("promotion", "1")]
    assert told["aliases"] == {"champion": "1"}
    assert told["pending"] is None
    home = project.root / ".burnish"
    assert not list((home / "work").glob("*/*")), "no checkpoints are left"
    left = [path for path in home.rglob(".*") if path.is_dir() or path.name.startswith(scratch.PREFIX)]
    assert not left, "nothing half-written is left"


@pytest.mark.parametrize("death", DEATHS)
def test_killed_at_any_boundary_of_stages_or_in_training_the_next_run_ends_it_with_the_same_weights(
    fresh: Project, undisturbed: tuple[Project, str], tmp_path: Path, death: str
) -> None:
    running = fresh.start("retrain", "r.yaml", "--json", **mischief.settings(tmp_path, death))
    running.communicate(timeout=1800)
    if running.returncode == 0:
        assert not mischief.struck(tmp_path), "it was over before"
    else:
        assert running.returncode == -9
        assert mischief.struck(tmp_path)
    result = fresh.retrain("r.yaml")
    assert result["outcome"] in ("promoted", "unchanged")
    assert result["champion"] == "1"
    _is_whole(fresh, undisturbed[1])


@pytest.mark.parametrize("death", _few(WRITES, 1))
def test_killed_at_any_write_to_the_registry_the_next_run_ends_it(
    fresh: Project, undisturbed: tuple[Project, str], tmp_path: Path, death: str
) -> None:
    running = fresh.start("retrain", "r.yaml", "--json", **mischief.settings(tmp_path, death))
    running.communicate(timeout=1800)
    assert (running.returncode == -9) == mischief.struck(tmp_path)
    assert fresh.retrain("r.yaml")["champion"] == "1"
    _is_whole(fresh, undisturbed[1])


@contextmanager
def _small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of its own at ``folder``; what it held at the end is kept there."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here (needs root)")
    saved = folder.with_name(f"{folder.name}.saved")
    try:
        yield
    finally:
        shutil.copytree(folder, saved)
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)
        saved.rename(folder)


@pytest.mark.parametrize("place", ["work", pytest.param("artifacts", marks=pytest.mark.long)])
@pytest.mark.parametrize("kilobytes", [int(k) for k in _few([str(k) for k in range(4, 84, 4)], 1)])
def test_a_disk_that_is_full_is_named_and_once_there_is_room_the_run_goes_on(
    fresh: Project, undisturbed: tuple[Project, str], place: str, kilobytes: int
) -> None:
    with _small_disk(fresh.root / ".burnish" / place, kilobytes):
        running = fresh.start("retrain", "r.yaml", "--json")
        out, said = running.communicate(timeout=1800)
    if running.returncode == 0:
        assert json.loads(out)["outcome"] == "promoted", "it was large enough"
    else:
        told = [line for line in said.splitlines() if line.startswith("burnish: ")]
        assert len(told) == 1, said
        assert "No space left on device" in told[0], said
        assert "Traceback" not in said
    assert fresh.retrain("r.yaml")["champion"] == "1"
    _is_whole(fresh, undisturbed[1])


@pytest.mark.parametrize("seconds", [float(s) for s in _few([str(s / 2) for s in range(1, 21)], 1)])
def test_a_store_that_another_process_locks_is_waited_for(
    fresh: Project, undisturbed: tuple[Project, str], seconds: float
) -> None:
    code = "import sqlite3, sys, time\nc = sqlite3.connect(sys.argv[1], timeout=1800)\nfor _ in range(6):\n"
    code += "    c.execute('begin exclusive'); print('locked', flush=True)\n"
    code += "    time.sleep(float(sys.argv[2])); c.rollback(); time.sleep(0.2)\n"
    fresh.burnish("history", "tiny", status=1)  # makes the store
    words = [shutil.which("python3") or "python3", "-c", code, str(fresh.root / ".burnish/mlflow.db"), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            other.stdout.readline()
            assert fresh.retrain("r.yaml")["outcome"] == "promoted"
        finally:
            other.kill()
    _is_whole(fresh, undisturbed[1])


class _Slow(SimpleHTTPRequestHandler):
    """Serves the remote; each answer takes its time."""

    pause = 0.0

    def do_GET(self) -> None:
        threading.Event().wait(self.pause)
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def _remote_over_http(folder: Path, pause: float) -> Iterator[str]:
    handler = type("Handler", (_Slow,), {"pause": pause})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "fault", ["missing", "corrupt", "slow"] if POINTS else ["corrupt", pytest.param("slow", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("seed", range(POINTS // 3 + 1 if POINTS else 1))
def test_a_remote_that_fails_is_named_and_what_it_gives_is_never_trusted(
    fresh: Project, undisturbed: tuple[Project, str], tmp_path: Path, fault: str, seed: int
) -> None:
    remote, moved = tmp_path / "remote", tmp_path / "elsewhere"
    fresh.burnish("data", "remote", str(remote))
    shutil.rmtree(fresh.root / "pictures")
    shutil.rmtree(fresh.root / ".dvc" / "cache")
    objects = sorted(path for path in (remote / "files" / "md5").glob("*/*") if path.suffix != ".dir")
    chosen = random.Random(seed).choice(objects)
    if fault == "slow":
        with _remote_over_http(remote, 0.2 + seed / 10) as address:
            fresh.burnish("data", "remote", address, "--no-push")
            assert fresh.retrain("r.yaml")["outcome"] == "promoted"
    else:
        original = chosen.read_bytes()
        if fault == "missing":
            remote.rename(moved)
        else:
            chosen.chmod(0o644)
            chosen.write_bytes(original[: len(original) // 2] + b"damaged" + original[len(original) // 2 + 7 :])
        said = fresh.burnish("retrain", "r.yaml", "--json", status=1)
        assert "pictures" in said
        assert len(said.strip().splitlines()) == 1, said
        assert not (fresh.root / ".burnish" / "work").exists() or not list((fresh.root / ".burnish/work").glob("*/*"))
        if fault == "missing":
            moved.rename(remote)
        else:
            chosen.write_bytes(original)
        assert fresh.retrain("r.yaml")["outcome"] == "promoted"
    _is_whole(fresh, undisturbed[1])


PLUGIN = """
from burnish import GateSpec, RestorerSpec, hookimpl


@hookimpl
def register_gates():
    yield GateSpec(name="raising", factory="burnish_bad.plugin:Gate", summary="Raises")


@hookimpl
def register_restorers():
    yield RestorerSpec(name="raising", factory="burnish_bad.plugin:Restorer", summary="Raises", tasks={"denoise"})


class Gate:
    def __call__(self, challenger, champion):
        raise RuntimeError("the gate is broken")


class Restorer:
    def __call__(self, degraded, **conditions):
        raise RuntimeError("the restorer is broken")


@hookimpl
def on_epoch_ended(event):
    raise RuntimeError("the observer is broken")


@hookimpl
def on_model_registered(event):
    raise SystemExit(3)


@hookimpl
def on_promotion_decided(event):
    raise KeyError("the observer is broken")
"""


@pytest.fixture
def bad_plugin(tmp_path: Path) -> dict[str, str]:
    """The environment in which a plugin is installed that raises wherever it can."""
    site = tmp_path / "site"
    info = site / "burnish_bad-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: burnish-bad\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[burnish]\nbad = burnish_bad.plugin\n")
    (info / "RECORD").write_text("burnish_bad/plugin.py,,\n")
    (site / "burnish_bad").mkdir()
    (site / "burnish_bad" / "__init__.py").touch()
    (site / "burnish_bad" / "plugin.py").write_text(PLUGIN)
    return {"PYTHONPATH": mischief.before_others(site)}


def test_observers_that_raise_change_nothing(
    fresh: Project, undisturbed: tuple[Project, str], bad_plugin: dict[str, str]
) -> None:
    assert fresh.retrain("r.yaml", **bad_plugin)["outcome"] == "promoted"
    _is_whole(fresh, undisturbed[1])


def test_a_gate_that_raises_rejects_and_is_named(fresh: Project, bad_plugin: dict[str, str]) -> None:
    recipe = fresh.recipe("r.yaml", STEPS, gates=("{id: burnish/gain}", "{id: bad/raising}"))
    result = fresh.retrain(recipe, **bad_plugin)
    assert (result["outcome"], result["champion"]) == ("rejected", "")
    verdict = next(verdict for verdict in result["verdicts"] if verdict["gate"] == "bad/raising")
    assert "the gate is broken" in verdict["reason"]


def test_a_baseline_that_raises_fails_the_run_by_name_and_without_it_nothing_is_trained_again(
    fresh: Project, undisturbed: tuple[Project, str], bad_plugin: dict[str, str]
) -> None:
    fresh.recipe("bad.yaml", STEPS, **{BASELINE: "bad/raising"})
    said = fresh.burnish("retrain", "bad.yaml", "--json", status=1, **bad_plugin)
    assert "bad/raising" in said
    assert "the restorer is broken" in said
    assert fresh.retrain("r.yaml")["outcome"] == "promoted"
    assert not fresh.burnish("history", "tiny").count("FAILED")


def test_a_second_retraining_of_the_same_recipe_says_that_one_is_going_on(fresh: Project) -> None:
    fresh.recipe("long.yaml", 4000)
    first = fresh.start("retrain", "long.yaml", "--json")
    try:
        until(lambda: list((fresh.root / ".burnish").glob("work/*/checkpoints-*/*.ckpt")), alive=[first])
        assert f"by process {first.pid}" in fresh.burnish("retrain", "long.yaml", status=1)
    finally:
        first.kill()
        first.wait()
