"""A retraining that a person must approve: it waits, goes on with the answer, and loses nothing when it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest
from workshop import Project, end, until

pytestmark = [pytest.mark.slow, pytest.mark.system]


def _gates(hours: float) -> tuple[str, str]:
    return "{id: burnish/gain}", f"{{id: flows/approval, config: {{hours: {hours}}}}}"


def _asking(project: Project, recipe: str) -> subprocess.Popen[str]:
    """A retraining that has come to its question."""
    running = project.start("retrain", recipe, "--json")

    def asked() -> bool:
        assert running.poll() is None, running.communicate()
        decisions = project.decisions()
        return bool(decisions) and decisions[-1]["kind"] == "awaiting"

    until(asked)
    return running


def test_it_waits_and_goes_on_with_the_answer(project: Project) -> None:
    running = _asking(project, project.recipe("r.yaml", 30, gates=_gates(1)))
    try:
        assert project.history()[-1]["until"]
        assert (project.root / ".burnish" / "reports" / "tiny-v1" / "scorecard.html").is_file(), (
            "there is what to look at"
        )
        assert "v1: promotion; champion is v1" in project.burnish(
            "approve", "tiny", "--reason", "no halos", "--who", "ann"
        )
        told, _ = running.communicate(timeout=1800)
    finally:
        end(running)
    result = json.loads(told)
    assert (result["outcome"], result["champion"]) == ("promoted", "1")
    kinds = [(decision["kind"], decision["who"]) for decision in project.history()]
    assert kinds[-1] == ("promotion", "ann")
    assert project.retrain("r.yaml")["outcome"] == "unchanged"
    assert "no version awaits approval" in project.burnish("approve", "tiny", status=1)


@pytest.mark.long
def test_nobody_answers_and_it_is_rejected(project: Project) -> None:
    result = project.retrain(project.recipe("r.yaml", 30, gates=_gates(0.001)))
    assert (result["outcome"], result["champion"]) == ("rejected", "")
    assert "no one answered within" in result["reason"]


@pytest.mark.long
def test_killed_while_it_waits_the_answer_still_counts_and_nothing_is_trained_again(project: Project) -> None:
    running = _asking(project, project.recipe("r.yaml", 30, gates=_gates(1)))
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    again = _asking_again(project)
    os.killpg(again.pid, signal.SIGKILL)
    again.wait()
    assert "champion is v1" in project.burnish("approve", "tiny:1")
    result = project.retrain("r.yaml")
    assert (result["outcome"], result["champion"]) == ("unchanged", "1")


def _asking_again(project: Project) -> subprocess.Popen[str]:
    before = len(project.decisions())
    running = project.start("retrain", "r.yaml", "--json")
    until(lambda: len(project.decisions()) > before, alive=[running])
    last = project.history()[-1]
    assert (last["kind"], last["version"]) == ("awaiting", "1"), "the same version, taken up again"
    return running
