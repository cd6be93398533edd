from __future__ import annotations

import json

import pytest
from burnish.cli.main import main


def test_a_metric_shows_its_protocols_version_and_its_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "metrics/psnr", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["id"], record["kind"], record["distribution"]) == ("metrics/psnr", "metrics", "burnish-metrics")
    assert isinstance(record["version"], int)
    assert record["distribution_version"].count(".") == 2


def test_a_restorer_names_the_degraders_that_it_can_undo(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "cnn/dncnn", "--json"]) == 0
    assert "degradations/gaussian-noise" in json.loads(capsys.readouterr().out)["can_undo"]


def test_a_name_of_two_kinds_asks_which(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "bicubic"]) == 1
    assert "choose one" in capsys.readouterr().err
    assert main(["show", "bicubic", "--kind", "restorers"]) == 0
    assert "classical/bicubic" in capsys.readouterr().out


def test_settings_are_a_table_with_default_and_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "cnn/dncnn"]) == 0
    out = capsys.readouterr().out
    assert "depth" in out
    assert "default" in out
