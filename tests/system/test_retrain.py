"""The whole way through the real command line: data, training, decision, history, rollback, restoration."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest
from team import status
from workshop import BASELINE, BURNISH, Project, environment, free_ports, server, small_project, until


def the_first_training_gives_the_champion_and_pictures_to_look_at(project: Project) -> None:
    result = project.retrain(project.recipe("small.yaml", 30))
    assert (result["outcome"], result["version"], result["champion"]) == ("promoted", "1", "1")
    means = result["figures"]["noise25"]["means"]
    assert means["challenger v1"] > means["degraded"]
    assert BASELINE in means
    assert "<html" in Path(result["report"]).read_text()
    assert len(result["pictures"]) == 4
    assert not list((project.root / ".burnish" / "work").iterdir()), "checkpoints of a decided run are of no use"


def the_same_again_says_that_nothing_changed_and_trains_nothing(project: Project) -> None:
    result = project.retrain("small.yaml")
    assert result["outcome"] == "unchanged"
    assert "v1 has the same recipe, data and code (champion since" in result["reason"]
    assert "train" not in result["seconds"]


def a_longer_training_replaces_the_champion_by_a_recorded_interval(project: Project) -> None:
    result = project.retrain(project.recipe("long.yaml", 200))
    assert (result["outcome"], result["champion"], result["champion_before"]) == ("promoted", "2", "1")
    history = json.loads(project.burnish("history", "tiny", "--json"))
    gain = history["decisions"][-1]["judgements"][0]
    assert gain["gate"] == "burnish/gain"
    assert 0 < gain["figures"]["ci_low"] <= gain["figures"]["mean"] <= gain["figures"]["ci_high"]
    assert history["aliases"] == {"champion": "2", "previous": "1"}


def a_ruined_training_is_registered_and_not_promoted(project: Project) -> None:
    result = project.retrain(project.recipe("ruined.yaml", 20, rate=1000.0))
    assert (result["outcome"], result["version"], result["champion"]) == ("rejected", "3", "2")
    history = json.loads(project.burnish("history", "tiny", "--json"))
    assert history["decisions"][-1]["kind"] == "rejection"
    assert history["aliases"]["champion"] == "2"


def a_first_model_that_a_baseline_beats_is_registered_and_not_promoted(project: Project) -> None:
    words = {BASELINE: "classical/median", "model: tiny": "model: early"}
    result = project.retrain(project.recipe("early.yaml", 30, **words))
    assert (result["outcome"], result["version"], result["champion"]) == ("rejected", "1", "")
    means = result["figures"]["noise25"]["means"]
    assert means["degraded"] < means["challenger v1"] < means["classical/median"]
    assert "against the baseline classical/median (there is no champion yet)" in result["reason"]
    assert result["warnings"][0].startswith("a baseline beats it on noise25: classical/median has")
    (told,) = [model for model in status(project)["models"] if model["name"] == "early"]
    assert (told["champion"], told["trouble"], told["beaten"]) == ("", "", "")


def the_champion_restores_a_picture_by_its_alias(project: Project) -> None:
    project.burnish("restore", "pictures/test/coffee.png", "clear.png", "--model", "tiny@champion")
    assert (project.root / "clear.png").stat().st_size > 1000
    assert "there is @challenger, @champion" in project.burnish(
        "restore", "pictures/test/coffee.png", "x.png", "--model", "tiny@nobody", status=1
    )


def a_rollback_brings_the_previous_champion_back_and_is_recorded(project: Project) -> None:
    assert "champion is v1 again, was v2" in project.burnish("rollback", "tiny", "--reason", "halos")
    assert "halos" in project.burnish("history", "tiny")
    assert "v1 is the first champion" in project.burnish("rollback", "tiny", status=1)


def a_recipe_that_was_decided_upon_is_not_trained_again_after_a_rollback(project: Project) -> None:
    assert "(rejected; champion is v1)" in project.retrain("long.yaml")["reason"]


def changed_data_are_refused_until_they_are_recorded(project: Project) -> None:
    changed = project.root / "pictures" / "train" / "astronaut.png"
    before = changed.read_bytes()
    changed.chmod(0o644)
    changed.write_bytes((project.root / "pictures" / "test" / "coffee.png").read_bytes())
    said = project.burnish("retrain", "small.yaml", status=1)
    assert "1 changed (train/astronaut.png)" in said
    assert len(said.strip().splitlines()) == 1
    project.burnish("data", "pull", "--overwrite", "pictures")
    assert changed.read_bytes() == before


def a_recipe_with_an_unknown_setting_is_refused_in_one_line_before_anything_starts(project: Project) -> None:
    project.recipe("wrong.yaml", 5, depth="dept")
    assert "did you mean depth?" in project.burnish("retrain", "wrong.yaml", status=1)


def the_next_steps_that_are_printed_work_as_they_are(project: Project) -> None:
    again = project.burnish("retrain", "small.yaml").split("To train anyway: ")[1]
    said = project.shell(again)
    steps = said.partition("Try next:\n")[2].strip().splitlines()
    assert [step.split("burnish ")[1].split()[0] for step in steps[:2]] == ["restore", "history"]
    for step in steps:
        project.shell(step)
    assert (project.root / "restored.png").stat().st_size > 1000


STORY = (
    the_first_training_gives_the_champion_and_pictures_to_look_at,
    the_same_again_says_that_nothing_changed_and_trains_nothing,
    a_longer_training_replaces_the_champion_by_a_recorded_interval,
    a_ruined_training_is_registered_and_not_promoted,
    a_first_model_that_a_baseline_beats_is_registered_and_not_promoted,
    the_champion_restores_a_picture_by_its_alias,
    a_rollback_brings_the_previous_champion_back_and_is_recorded,
    a_recipe_that_was_decided_upon_is_not_trained_again_after_a_rollback,
    changed_data_are_refused_until_they_are_recorded,
    a_recipe_with_an_unknown_setting_is_refused_in_one_line_before_anything_starts,
    the_next_steps_that_are_printed_work_as_they_are,
)
"""What one project lives through, in this order; the names say what each part shows."""


@pytest.mark.slow
@pytest.mark.system
def test_a_project_from_its_first_champion_to_a_rollback(tmp_path: Path, prefect_api: str) -> None:
    project = small_project(tmp_path / "project", stores=False)
    for part in STORY:
        print(part.__name__)
        part(project)
        project.settings["PREFECT_API_URL"] = prefect_api  # after the first: the embedded server takes its time


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.system
def test_a_killed_training_goes_on_and_a_second_one_is_told_to_wait(alone: Project) -> None:
    recipe = alone.recipe("killed.yaml", 1200)
    running = subprocess.Popen(
        [*BURNISH, "retrain", recipe, "--quiet"],
        cwd=alone.root, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    work = alone.root / ".burnish" / "work"
    until(lambda: list(work.glob("*/checkpoints-*/step-*.ckpt")), alive=[running])
    other = alone.recipe("other.yaml", 7)
    assert f"is already being retrained by process {running.pid}" in alone.burnish("retrain", other, status=1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    (folder,) = work.iterdir()
    assert not (folder / "bundle").exists()
    result = alone.retrain("killed.yaml")
    assert 0 < result["training"]["resumed_at"] < result["training"]["steps"] == 1200
    assert result["outcome"] in {"promoted", "rejected"}
    assert not folder.exists()
    last = json.loads(alone.burnish("history", "tiny", "--json"))["decisions"][-1]
    assert last["version"] == result["version"]


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.system
def test_the_same_flow_runs_on_an_mlflow_and_a_prefect_server(alone: Project, tmp_path: Path) -> None:
    ports = free_ports(2)
    store, api = f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}/api"
    mlflow = ["mlflow", "server", "--workers", "1", "--port", str(ports[0]), "--backend-store-uri",
              f"sqlite:///{tmp_path}/mlflow.db", "--artifacts-destination",
              str(tmp_path / "artifacts")]  # fmt: skip
    prefect = ["prefect", "server", "start", "--port", str(ports[1])]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PREFECT_HOME": str(alone.root / ".burnish" / "prefect")}
    named = {"MLFLOW_TRACKING_URI": store, "PREFECT_API_URL": api}
    with server(mlflow, quiet, f"{store}/health"), server(prefect, quiet, f"{api}/health"):
        alone.recipe("small.yaml", 30)
        result = json.loads(alone.burnish("retrain", "small.yaml", "--json", **named))
        assert (result["outcome"], result["version"]) == ("promoted", "1"), "another store knows no champion yet"
        assert "nothing changed" in alone.burnish("retrain", "small.yaml", **named)
        alone.burnish("restore", "pictures/test/coffee.png", "far.png", "--model", "tiny@champion", **named)
        with urllib.request.urlopen(f"{store}/api/2.0/mlflow/registered-models/get?name=tiny") as answer:
            aliases = json.load(answer)["registered_model"]["aliases"]
        assert [(entry["alias"], entry["version"]) for entry in aliases] == [("champion", "1")]
        counted = urllib.request.Request(f"{api}/task_runs/count", b"{}", {"Content-Type": "application/json"})
        until(lambda: urllib.request.urlopen(counted).read() == b"6")
