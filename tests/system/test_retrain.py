"""The whole way through the real command line: data, training, decision, history, rollback, restoration."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BURNISH = [sys.executable, "-m", "burnish.cli"]

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
baselines: [{id: classical/median}]
gates: [{id: burnish/gain}, {id: burnish/no-regression}]
"""


def _environment() -> dict[str, str]:
    outside = ("PREFECT_", "MLFLOW_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    return {**kept, "OMP_NUM_THREADS": "1"}


def _burnish(project: Path, *words: str, status: int = 0, **settings: str) -> str:
    environment = {**_environment(), **settings}
    done = subprocess.run(
        [*BURNISH, *words], cwd=project, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


def _retrain(project: Path, recipe: str, *words: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(_burnish(project, "retrain", recipe, "--json", *words))
    return result


def _recipe(project: Path, name: str, steps: int, rate: float = 0.003) -> str:
    (project / name).write_text(RECIPE.replace("STEPS", str(steps)).replace("RATE", str(rate)))
    return name


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A git repository with eight small photographs, versioned by ``burnish data add``."""
    from burnish_flows import sample
    from PIL import Image

    root = tmp_path / "project"
    wanted = ("astronaut.png", "china.jpg", "chelsea.png", "coffee.png", "flower.jpg", "rocket.jpg", "camera.png")
    for photograph in sample.PHOTOGRAPHS:
        if photograph.name in wanted:
            picture = Image.open(sample.locate(photograph)).convert("RGB")
            middle_x, middle_y, half = (
                picture.width // 2,
                picture.height // 2,
                80 if photograph.split == "train" else 48,
            )
            path = (root / "pictures" / photograph.path).with_suffix(".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.crop((middle_x - half, middle_y - half, middle_x + half, middle_y + half)).save(path)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    assert "pictures" in _burnish(root, "data", "add", "pictures")
    return root


def the_first_training_gives_the_champion_and_pictures_to_look_at(project: Path) -> None:
    result = _retrain(project, _recipe(project, "small.yaml", 30))
    assert (result["outcome"], result["version"], result["champion"]) == ("promoted", "1", "1")
    means = result["figures"]["noise25"]["means"]
    assert means["challenger v1"] > means["degraded"]
    assert "classical/median" in means
    assert "<html" in Path(result["report"]).read_text()
    assert len(result["pictures"]) == 4
    assert not list((project / ".burnish" / "work").iterdir()), "checkpoints of a decided run are of no use"


def the_same_again_says_that_nothing_changed_and_trains_nothing(project: Path) -> None:
    begin = time.perf_counter()
    result = _retrain(project, "small.yaml")
    assert result["outcome"] == "unchanged"
    assert "v1 was made of the same recipe, data and code (champion since" in result["reason"]
    assert "train" not in result["seconds"]
    assert time.perf_counter() - begin < 20


def a_longer_training_replaces_the_champion_by_a_recorded_interval(project: Path) -> None:
    result = _retrain(project, _recipe(project, "long.yaml", 200))
    assert (result["outcome"], result["champion"], result["champion_before"]) == ("promoted", "2", "1")
    history = json.loads(_burnish(project, "history", "tiny", "--json"))
    gain = history["decisions"][-1]["judgements"][0]
    assert gain["gate"] == "burnish/gain"
    assert 0 < gain["figures"]["ci_low"] <= gain["figures"]["mean"] <= gain["figures"]["ci_high"]
    assert history["aliases"] == {"champion": "2", "previous": "1"}


def a_ruined_training_is_registered_and_not_promoted(project: Path) -> None:
    result = _retrain(project, _recipe(project, "ruined.yaml", 20, rate=1000.0))
    assert (result["outcome"], result["version"], result["champion"]) == ("rejected", "3", "2")
    history = json.loads(_burnish(project, "history", "tiny", "--json"))
    assert history["decisions"][-1]["kind"] == "rejection"
    assert history["aliases"]["champion"] == "2"


def the_champion_restores_a_picture_by_its_alias(project: Path) -> None:
    _burnish(project, "restore", "pictures/test/coffee.png", "clear.png", "--model", "tiny@champion")
    assert (project / "clear.png").stat().st_size > 1000
    assert "there is @challenger, @champion" in _burnish(
        project, "restore", "pictures/test/coffee.png", "x.png", "--model", "tiny@nobody", status=1
    )


def a_rollback_brings_the_previous_champion_back_and_is_recorded(project: Path) -> None:
    assert "champion is v1 again, was v2" in _burnish(project, "rollback", "tiny", "--reason", "halos")
    assert "halos" in _burnish(project, "history", "tiny")
    assert "v1 is the first champion" in _burnish(project, "rollback", "tiny", status=1)


def a_recipe_that_was_decided_upon_is_not_trained_again_after_a_rollback(project: Path) -> None:
    assert "(rejected; champion is v1)" in _retrain(project, "long.yaml")["reason"]


def changed_data_are_refused_until_they_are_recorded(project: Path) -> None:
    changed = project / "pictures" / "train" / "astronaut.png"
    before = changed.read_bytes()
    changed.chmod(0o644)
    changed.write_bytes((project / "pictures" / "test" / "coffee.png").read_bytes())
    said = _burnish(project, "retrain", "small.yaml", status=1)
    assert "1 changed (train/astronaut.png)" in said
    assert len(said.strip().splitlines()) == 1
    _burnish(project, "data", "pull", "--force", "pictures")
    assert changed.read_bytes() == before


def a_recipe_with_an_unknown_setting_is_refused_in_one_line_before_anything_starts(project: Path) -> None:
    (project / "wrong.yaml").write_text(RECIPE.replace("STEPS", "5").replace("RATE", "0.1").replace("depth", "dept"))
    assert "did you mean depth?" in _burnish(project, "retrain", "wrong.yaml", status=1)


STORY = (
    the_first_training_gives_the_champion_and_pictures_to_look_at,
    the_same_again_says_that_nothing_changed_and_trains_nothing,
    a_longer_training_replaces_the_champion_by_a_recorded_interval,
    a_ruined_training_is_registered_and_not_promoted,
    the_champion_restores_a_picture_by_its_alias,
    a_rollback_brings_the_previous_champion_back_and_is_recorded,
    a_recipe_that_was_decided_upon_is_not_trained_again_after_a_rollback,
    changed_data_are_refused_until_they_are_recorded,
    a_recipe_with_an_unknown_setting_is_refused_in_one_line_before_anything_starts,
)
"""What one project lives through, in this order; the names say what each part shows."""


@pytest.mark.slow
@pytest.mark.system
def test_a_project_from_its_first_champion_to_a_rollback(project: Path) -> None:
    for part in STORY:
        print(part.__name__)
        part(project)


@pytest.mark.slow
@pytest.mark.system
def test_a_killed_training_goes_on_and_a_second_one_is_told_to_wait(project: Path) -> None:
    recipe = _recipe(project, "killed.yaml", 1200)
    running = subprocess.Popen(
        [*BURNISH, "retrain", recipe, "--quiet"],
        cwd=project, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    work = project / ".burnish" / "work"
    _until(lambda: list(work.glob("*/checkpoints-*/step-*.ckpt")))
    other = _recipe(project, "other.yaml", 7)
    assert f"is being retrained already by process {running.pid}" in _burnish(project, "retrain", other, status=1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    (folder,) = work.iterdir()
    assert not (folder / "bundle").exists()
    result = _retrain(project, "killed.yaml")
    assert 0 < result["training"]["resumed_at"] < result["training"]["steps"] == 1200
    assert result["outcome"] in {"promoted", "rejected"}
    assert not folder.exists()
    last = json.loads(_burnish(project, "history", "tiny", "--json"))["decisions"][-1]
    assert last["version"] == result["version"]


@pytest.mark.slow
@pytest.mark.system
def test_the_same_flow_runs_on_an_mlflow_and_a_prefect_server(project: Path, tmp_path: Path) -> None:
    ports = _free_ports(2)
    store, api = f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}/api"
    mlflow = ["mlflow", "server", "--workers", "1", "--port", str(ports[0]), "--backend-store-uri",
              f"sqlite:///{tmp_path}/mlflow.db", "--artifacts-destination",
              str(tmp_path / "artifacts")]  # fmt: skip
    prefect = ["prefect", "server", "start", "--port", str(ports[1])]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PREFECT_HOME": str(tmp_path / "prefect")}
    named = {"MLFLOW_TRACKING_URI": store, "PREFECT_API_URL": api}
    with _server(mlflow, quiet, f"{store}/health"), _server(prefect, quiet, f"{api}/health"):
        _recipe(project, "small.yaml", 30)
        result = json.loads(_burnish(project, "retrain", "small.yaml", "--json", **named))
        assert (result["outcome"], result["version"]) == ("promoted", "1"), "another store knows no champion yet"
        assert "nothing changed" in _burnish(project, "retrain", "small.yaml", **named)
        _burnish(project, "restore", "pictures/test/coffee.png", "far.png", "--model", "tiny@champion", **named)
        with urllib.request.urlopen(f"{store}/api/2.0/mlflow/registered-models/get?name=tiny") as answer:
            aliases = json.load(answer)["registered_model"]["aliases"]
        assert [(entry["alias"], entry["version"]) for entry in aliases] == [("champion", "1")]
        counted = urllib.request.Request(f"{api}/task_runs/count", b"{}", {"Content-Type": "application/json"})
        _until(lambda: urllib.request.urlopen(counted).read() == b"6", patience=30)


@contextmanager
def _server(command: list[str], settings: dict[str, str], health: str) -> Iterator[None]:
    program = Path(sys.executable).with_name(command[0])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    server = subprocess.Popen(
        [str(program), *command[1:]], env={**_environment(), **settings, "PATH": path}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def answers() -> bool:
        assert server.poll() is None, f"{command[0]} ended"
        try:
            urllib.request.urlopen(health, timeout=5).close()
        except OSError:
            return False
        return True

    try:
        _until(answers)
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _until(condition: Any, patience: float = 120.0) -> None:
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)
