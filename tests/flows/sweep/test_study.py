"""Proposals are a pure function of seed, number and results, kept in a file that a killed sweep goes on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna", reason="the extra sweep of burnish-flows is not installed")

from burnish_flows.sweep import study as module
from burnish_flows.sweep.space import Choices, Range
from burnish_flows.sweep.study import Study

SPACE = {
    "lr": Range(low=1e-4, high=1e-1, log=True),
    "depth": Choices(values=(3, 5)),
    "batch": Range(low=1, high=3, whole=True),
}


def study(path: Path, *, maximise: bool = True, seed: int = 0, workers: int = 1) -> Study:
    return Study(path / "study.db", SPACE, maximise=maximise, seed=seed, workers=workers)


def figure(values: dict[str, Any]) -> float:
    return float(-abs(values["lr"] - 1e-2) - values["depth"])


def run(path: Path, count: int, seed: int = 0, *, anew: bool = False) -> list[dict[str, Any]]:
    asked, one = [], study(path, seed=seed)
    for _ in range(count):
        one = study(path, seed=seed) if anew else one
        number, values = one.ask()
        one.tell(number, "complete", figure(values))
        asked.append(values)
    return asked


def test_a_sweep_that_is_begun_anew_after_each_trial_proposes_what_one_in_one_piece_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STARTUP", 2)
    for name in ("whole", "pieces", "other"):
        (tmp_path / name).mkdir()
    whole = run(tmp_path / "whole", 4)
    assert run(tmp_path / "pieces", 4, anew=True) == whole
    assert run(tmp_path / "other", 2, seed=1) != whole[:2]


def test_proposals_lie_in_the_space_and_differ(tmp_path: Path) -> None:
    asked = run(tmp_path, 5)
    assert all(1e-4 <= one["lr"] <= 1e-1 and one["depth"] in (3, 5) and one["batch"] in (1, 2, 3) for one in asked)
    assert len({one["lr"] for one in asked}) == 5


def test_what_was_begun_and_not_ended_is_known_after_a_crash(tmp_path: Path) -> None:
    first = study(tmp_path)
    done, left = first.ask(), first.ask()
    first.tell(done[0], "complete", 1.0)
    assert study(tmp_path).open() == [left]
    assert study(tmp_path).begun() == 2


@pytest.mark.parametrize(("maximise", "best"), [(True, 2), (False, 0)])
def test_the_best_is_the_best_of_the_complete_ones(tmp_path: Path, maximise: bool, best: int) -> None:
    one = study(tmp_path, maximise=maximise)
    assert one.best() is None
    for state, value in (("complete", 1.0), ("failed", None), ("complete", 3.0), ("diverged", None)):
        one.tell(one.ask()[0], state, value)  # type: ignore[arg-type]
    found = one.best()
    assert found is not None
    assert found[0] == best
    assert [state for _, state, *_ in one.told()] == ["complete", "failed", "complete", "diverged"]


def test_the_very_same_values_are_not_trained_twice(tmp_path: Path) -> None:
    one = Study(tmp_path / "study.db", {"depth": Choices(values=(3,))}, maximise=True, seed=0, workers=1)
    number, _ = one.ask()
    assert one.twin(number) is None
    one.tell(number, "complete", 2.5)
    assert one.twin(one.ask()[0]) == (0, 2.5)
