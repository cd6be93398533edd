"""The commands of the flow: their help has examples and is light, their errors have one line, their JSON is whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from burnish.cli.main import main
from burnish_flows.data import sample
from burnish_flows.plugin import COMMANDS
from burnish_flows.registry import promotion
from burnish_flows.registry.decision import GateResult
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import Registry
from damage import Death, Mortal

GOOD = GateResult(gate="burnish/gain", passed=True, reason="+0.3 dB [+0.2, +0.4]", figures={"ci_low": 0.2})
BAD = GateResult(gate="burnish/cost", passed=False, reason="twice as slow")


@pytest.fixture
def project(tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    return tmp_path


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert f"Examples:\n  burnish {name}" in capsys.readouterr().out


def test_help_of_the_flow_imports_neither_framework_nor_store() -> None:
    code = (
        "import sys\nfrom burnish.cli.main import main\n"
        "try: main(['retrain', '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'cv2', 'prefect', 'mlflow', 'dvc', 'lightning'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_person_promotes_vetoes_freezes_and_thaws_and_history_tells_who_and_why(
    project: Path, registry: Registry, registered: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    for expected in ("", "1", "2"):
        promotion.decide(
            registry, "denoise", registered(), Findings(judgements=(GOOD,), reason="r", expected=expected), who="w"
        )
    words = ["--who", "ann", "--reason"]
    assert main(["promote", "denoise:1", *words, "halos"]) == 0
    assert capsys.readouterr().out == "denoise: champion is v1, was v3\n"
    assert main(["veto", "denoise:2", *words, "no licence"]) == 0
    assert main(["freeze", "denoise", *words, "release"]) == 0
    assert "promotions are frozen; champion stays v1" in capsys.readouterr().out
    assert main(["promote", "denoise", "3"]) == 1
    assert "end it with: burnish thaw denoise" in capsys.readouterr().err
    assert main(["thaw", "denoise", *words, "released", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "thaw"
    assert main(["history", "denoise"]) == 0
    told = capsys.readouterr().out
    for line in ("promotion of v1  champion 3 -> 1 by ann", "veto of v2", "freeze", "thaw", "    no licence"):
        assert line in told
    assert registry.champion("denoise") == "1"


def test_without_a_question_there_is_nothing_to_approve(
    project: Path, registered: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    registered()
    assert main(["approve", "denoise"]) == 1
    assert "denoise: no version awaits approval" in capsys.readouterr().err


def test_history_tells_every_decision_with_its_verdicts_and_where_the_aliases_are(
    project: Path, registry: Registry, registered: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    promotion.decide(
        registry, "denoise", registered(), Findings(judgements=(GOOD,), reason="r", expected=""), who="somebody"
    )
    promotion.decide(
        registry, "denoise", registered(), Findings(judgements=(GOOD, BAD), reason="r", expected="1"), who="somebody"
    )
    assert main(["history", "denoise"]) == 0
    told = capsys.readouterr().out
    assert "promotion of v1  champion - -> 1 by somebody" in told
    assert "passed burnish/gain: +0.3 dB [+0.2, +0.4]" in told
    assert "FAILED burnish/cost: twice as slow" in told
    assert told.endswith("now: challenger v2, champion v1\n")
    assert main(["history", "denoise", "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert [decision["kind"] for decision in read["decisions"]] == ["promotion", "rejection"]
    assert read["decisions"][0]["judgements"][0]["figures"] == {"ci_low": 0.2}


def test_history_of_an_unknown_model_is_an_error_in_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "nobody"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("burnish: nobody: there is no such model")
    assert captured.err.count("\n") == 1


def test_history_names_a_decision_that_was_interrupted_half_way(
    project: Path, registry: Registry, registered: Callable[..., str], store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = Findings(judgements=(GOOD,), reason="r", expected="")
    promotion.decide(registry, "denoise", registered(), findings, who="w")
    mortal = Registry(Mortal(registry.client, 2), store)  # type: ignore[arg-type]
    with pytest.raises(Death):
        promotion.decide(mortal, "denoise", registered(), replace(findings, expected="1"), who="w")
    main(["history", "denoise"])
    assert "half-way: promotion of v2; the next retrain or rollback completes it" in capsys.readouterr().out


def test_the_lineage_of_a_picture_that_is_not_there_is_refused(
    project: Path, registered: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    registered()
    assert main(["lineage", "--image", "absent.png"]) == 2
    assert capsys.readouterr().err == "burnish: absent.png: is not a file; give the path of a picture\n"
    assert main(["lineage", "--data-hash", "d", "--image", "absent.png"]) == 2
    assert "give exactly one of NAME@ALIAS, --data-hash HASH, --image FILE" in capsys.readouterr().err


def test_rollback_says_which_champion_is_back(
    project: Path, registry: Registry, registered: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    for expected in ("", "1"):
        promotion.decide(
            registry, "denoise", registered(), Findings(judgements=(GOOD,), reason="r", expected=expected), who="w"
        )
    assert main(["rollback", "denoise", "--reason", "halos"]) == 0
    assert capsys.readouterr().out == "denoise: champion is v1 again, was v2\n"
    assert registry.history("denoise")[-1].reason == "halos"


def test_data_commands_pull_verify_and_refuse(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = Path(__file__).parents[2]
    (project / ".dvc").mkdir()
    for name in ("data.dvc", ".dvcignore", ".dvc/config"):
        shutil.copy(here / name, project / name)
    assert main(["data", "status"]) == 0
    assert "data: missing; fetch it with: burnish data pull data" in capsys.readouterr().out
    assert main(["data", "pull"]) == 0
    assert "from the installed scikit-image and scikit-learn" in capsys.readouterr().out
    assert main(["data", "verify"]) == 0
    capsys.readouterr()
    (project / "data" / "test" / "coffee.png").chmod(0o644)
    (project / "data" / "test" / "coffee.png").write_bytes(b"changed")
    assert main(["data", "verify"]) == 1
    assert "1 changed (test/coffee.png); restore it with: burnish data pull --overwrite data" in capsys.readouterr().err
    assert main(["data", "pull", "--overwrite", "data", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"root": "data", "origin": "cache"}
    assert main(["data", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recorded_md5"] == sample.MD5


def test_a_teams_remote_replaces_another_in_one_command_and_gets_the_data(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import cv2
    import numpy as np

    for split in ("train", "validation", "test"):
        (project / "pictures" / split).mkdir(parents=True)
        cv2.imwrite(str(project / "pictures" / split / f"{split}.png"), np.zeros((8, 8, 3), np.uint8))
    assert main(["data", "add", "pictures"]) == 0
    assert "the same picture in two splits" in capsys.readouterr().err
    for name in ("one", "two"):
        assert main(["data", "remote", str(project / name)]) == 0
    assert "pictures: 2 objects sent" in capsys.readouterr().out
    assert len([path for path in (project / "two").rglob("*") if path.is_file()]) == 2
    assert "verify = true" in (project / ".dvc" / "config").read_text()
    assert main(["data", "remote", str(project / "three"), "--no-push"]) == 0
    assert "objects sent" not in capsys.readouterr().out
    assert main(["data", "push", "pictures"]) == 0
    assert capsys.readouterr().out == "pictures: 2 objects sent\n"


def test_retrain_refuses_a_missing_recipe_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retrain", "nowhere.yaml"]) == 1
    assert capsys.readouterr().err.startswith("burnish: nowhere.yaml: cannot be read")
    assert "PREFECT_API_URL" not in os.environ


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["promote", "denoise"], "which version? give denoise:VERSION, from the list of `burnish history denoise`"),
        (["veto", "denoise:3", "4"], "denoise:3 already names a version; remove 4"),
        (["approve", "denoise/3"], "is not a valid model name"),
        (["promote", "denoise:x"], "give NAME@ALIAS (denoise@champion) or NAME:VERSION (denoise:3)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_version_is_named_with_its_model_or_refused_in_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], fact: str
) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert fact in error
    assert error.count("\n") == 1


def test_an_alias_names_a_version(
    project: Path, registry: Registry, registered: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    for expected in ("", "1"):
        findings = promotion.Findings(judgements=(GOOD,), reason="r", expected=expected)
        promotion.decide(registry, "denoise", registered(), findings, who="w")
    assert main(["promote", "denoise@previous"]) == 0
    assert registry.champion("denoise") == "1"
