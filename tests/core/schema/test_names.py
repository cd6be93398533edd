"""A model's name is one of files, folders and queries: what could be anything else is refused in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from burnish.cli.main import main
from burnish.errors import ConfigError, UsageError
from burnish.recipe.document import read_recipe
from burnish.schema.names import LONGEST, is_model_name, model_name
from hypothesis import given
from hypothesis import strategies as st

HOSTILE = [
    "../../x", "..", ".", "", "a/b", "a\\b", "/etc/x", "a'b", 'a"b', "a' or name != '", "a\x00b", "a\n", "a b",
    "Denoise", "-a", "a" * 300, "denöise", "a.b", "~", "$HOME",
]  # fmt: skip
BY_NAME = ["rollback {}", "promote {} 1", "veto {} 1", "approve {}", "freeze {}", "thaw {}", "history {}"]
BY_REFERENCE = ["lineage {}@champion", "monitor {}@champion .", "serve {}@champion", "restore a.png b.png --model {}:1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_plain_word_is_no_models_name(name: str) -> None:
    assert not is_model_name(name)
    with pytest.raises(UsageError, match="is not a valid model name; use at most 100 lower-case letters") as told:
        model_name(name)
    assert len(str(told.value)) < 300


@given(st.text(max_size=150))
def test_a_models_name_is_always_one_part_of_a_path_and_needs_no_quotes(text: str) -> None:
    if is_model_name(text):
        assert Path("a", text, "b").resolve() == Path("a").resolve() / text / "b"
        assert text.isascii()
        assert not set(text) & set("'\"\\/:@.\x00 \n")
        assert 0 < len(text) <= LONGEST


@pytest.mark.parametrize("command", BY_NAME + BY_REFERENCE)
@pytest.mark.parametrize("name", ["../../x", "a'b", "a" * 300])
def test_no_command_makes_anything_of_a_name_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    project = tmp_path / "outside" / "deep" / "project"
    project.mkdir(parents=True)
    (project / "pyproject.toml").touch()
    (project / "a.png").touch()
    monkeypatch.chdir(project)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/.burnish/mlflow.db")
    assert main([word.format(name) for word in command.split()]) in (1, 2)
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert re.search("(no|not a|not a valid) model", error)
    made = [path for path in tmp_path.rglob("*") if not path.is_relative_to(project) and project not in path.parents]
    assert [path for path in made if not project.is_relative_to(path)] == [], "nothing is made outside of the project"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_recipe_whose_model_has_no_plain_name_is_refused(tmp_path: Path, name: str) -> None:
    import json

    path = tmp_path / "r.yaml"
    recipe = {"model": name, "restorer": {"id": "x"}, "degrader": {"id": "y"}, "training": {"budget": {"steps": 1}}}
    path.write_text(json.dumps(recipe))
    with pytest.raises(ConfigError, match="model: "):
        read_recipe(path)
