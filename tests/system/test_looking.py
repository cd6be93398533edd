"""Whoever only looks leaves nothing behind: an empty folder stays empty, and so does the home folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from burnish.cli.main import CORE_COMMANDS
from burnish_flows.plugin import COMMANDS
from workshop import BURNISH, environment, free_ports

WRITERS = {
    "retrain",
    "sweep",
    "deploy",
    "up",
    "degrade",
    "train",
    "leaderboard",
    "ship",
    "new-plugin",
    "new-recipe",
    "import-weights",
    "compress",
}
"""Commands that make something; all others look, or work on what is there."""

LOOKS: dict[str, tuple[str, ...]] = {
    "history": ("history", "tiny"),
    "status": ("status",),
    "lineage": ("lineage", "tiny@champion"),
    "lineage by data": ("lineage", "--data-hash", "abc"),
    "restore": ("restore", "{picture}", "clear.png", "--model", "tiny@champion"),
    "evaluate": ("evaluate", "--model", "tiny@champion", "--clean", "{folder}", "--degrader", "jpeg"),
    "calibrate": ("calibrate", "--model", "tiny@champion", "--clean", "{folder}", "--degrader", "jpeg", "--out", "b"),
    "explain": ("explain", "{picture}", "why.html", "--at", "8,8", "--model", "tiny@champion"),
    "export": ("export", "m.onnx", "--onnx", "--model", "tiny@champion"),
    "serve": ("serve", "tiny@champion", "--port", "0"),
    "monitor": ("monitor", "tiny@champion", "{folder}"),
    "batch": ("batch", "{folder}", "restored", "--model", "tiny@champion"),
    "rollback": ("rollback", "tiny"),
    "promote": ("promote", "tiny:1"),
    "approve": ("approve", "tiny"),
    "veto": ("veto", "tiny:1"),
    "freeze": ("freeze", "tiny"),
    "thaw": ("thaw", "tiny"),
    "data": ("data", "status"),
    "data verify": ("data", "verify"),
    "data pull": ("data", "pull"),
    "data add": ("data", "add", "nowhere"),
    "data push": ("data", "push"),
    "doctor": ("doctor",),
    "plugins": ("plugins",),
    "list": ("list", "restorers"),
    "show": ("show", "classical/median"),
    "check": ("check", "burnish/identity"),
    "diagnose": ("diagnose", "{picture}"),
    "completion": ("completion", "bash"),
}
WITH_NO_STORE_NEEDED = {"status", "doctor", "plugins", "list", "show", "check", "diagnose", "completion"}


def _run(words: tuple[str, ...], tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run it in ``tmp_path/empty`` with ``tmp_path/home`` as home."""
    from PIL import Image

    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (16, 16)).save(tmp_path / "pictures" / "one.png")
    for name in ("empty", "home"):
        (tmp_path / name).mkdir()
    places = {"picture": tmp_path / "pictures" / "one.png", "folder": tmp_path / "pictures"}
    kept = {name: value for name, value in environment().items() if not name.startswith("XDG_")}
    return subprocess.run(
        [*BURNISH, *(word.format(**places) for word in words)], cwd=tmp_path / "empty", timeout=1800, check=False,
        env={**kept, "HOME": str(tmp_path / "home"), **settings}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.system
@pytest.mark.parametrize("name", sorted(LOOKS))
def test_a_command_that_only_looks_leaves_an_empty_folder_empty(name: str, tmp_path: Path) -> None:
    done = _run(LOOKS[name], tmp_path)
    assert [path.name for path in (tmp_path / "empty").iterdir()] == []
    assert [path.name for path in (tmp_path / "home").iterdir()] == []
    assert "Traceback" not in done.stderr
    assert (done.returncode != 0) == (name not in WITH_NO_STORE_NEEDED)
    if done.returncode:
        assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.system
@pytest.mark.parametrize("name", ["history", "restore", "rollback"])
def test_who_looks_for_a_model_where_no_store_is_is_told_the_folder_and_what_to_do(name: str, tmp_path: Path) -> None:
    told = _run(LOOKS[name], tmp_path).stderr
    assert told.startswith(f"burnish: {tmp_path}/empty/.burnish: there is no store here")
    assert "burnish retrain RECIPE" in told


@pytest.mark.system
def test_a_store_that_the_environment_names_is_not_made_by_looking_either(tmp_path: Path) -> None:
    done = _run(LOOKS["history"], tmp_path, MLFLOW_TRACKING_URI=str(tmp_path / "empty" / "mlruns"))
    assert "there is no store here (no mlruns)" in done.stderr
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.system
def test_status_beside_servers_that_are_away_leaves_the_folder_empty(tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{free_ports(1)[0]}/api"
    done = _run(LOOKS["status"], tmp_path, PREFECT_API_URL=away)
    assert done.returncode == 1
    assert "DOWN" in done.stdout
    assert list((tmp_path / "empty").iterdir()) == []


def test_every_command_is_known_to_look_or_to_write() -> None:
    assert {words[0] for words in LOOKS.values()} | WRITERS == {*CORE_COMMANDS, *COMMANDS}
