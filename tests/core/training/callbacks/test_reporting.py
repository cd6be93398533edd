"""What a person sees of a training: a bar on a terminal, log lines elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from burnish.console.progress import Cadence
from burnish.plugins.catalog import Catalog
from burnish.recipe.document import Recipe
from burnish.training import TrainingFolders, TrainingOptions, train
from burnish.training.callbacks import reporting

Make = Callable[..., Recipe]


def _folders(project: Path, place: Path) -> TrainingFolders:
    return TrainingFolders(project=project, out=place / "out", work=place / "work")


def test_on_a_terminal_there_is_a_bar_with_loss_psnr_rate_and_time_left(
    recipe: Make,
    project: Path,
    catalog: Catalog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(reporting, "visible", lambda quiet: not quiet)
    monkeypatch.setattr(reporting, "_REFRESH", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    train(recipe(), _folders(project, tmp_path), catalog=catalog)
    output = capsys.readouterr()
    assert output.out == ""
    for word in ("Training", "step 10/10", "loss 0.", "PSNR ", "steps/s", "time left 0:0"):
        assert word in output.err


def test_elsewhere_every_validation_is_a_log_line_unless_quiet(
    recipe: Make,
    project: Path,
    catalog: Catalog,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reporting, "Cadence", lambda **_: Cadence(first=1e9))  # no other lines on a slow machine
    for name, quiet in (("a", False), ("b", True)):
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="burnish.training"):
            train(recipe(), _folders(project, tmp_path / name), TrainingOptions(quiet=quiet), catalog=catalog)
        lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("step")]
        assert [line.split()[1] for line in lines] == ([] if quiet else ["4/10", "8/10", "10/10"])
        assert all("PSNR" in line for line in lines)
