"""Ordinary arrivals stay within what a model was trained for; noisier, blurred ones leave it, and Prefect is told."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from team import completed, flow_runs, up
from workshop import Project, environment, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

SIGMA = 0.098
"""What the recipe trains for."""
FLOW = """
from pathlib import Path
from burnish_flows import environment
environment.prepare(environment.find_project(Path.cwd()))
from burnish_flows.monitor.flow import monitor
print(monitor("tiny@champion", "inbox")["measured"])
"""


def scenes() -> Iterator[NDArray[np.uint8]]:
    """Squares of 160×160 from all over the photographs, in an order without order."""
    from burnish_flows.data import sample
    from PIL import Image

    squares = []
    for photograph in sample.PHOTOGRAPHS:
        picture = np.asarray(Image.open(sample.locate(photograph)).convert("RGB"))
        rows, columns = picture.shape[0] // 160, picture.shape[1] // 160
        squares += [
            picture[160 * y : 160 * y + 160, 160 * x : 160 * x + 160] for y in range(rows) for x in range(columns)
        ]
    for index in np.random.default_rng(0).permutation(len(squares)):
        yield squares[index]


class Inbox:
    """The folder in which pictures arrive."""

    def __init__(self, folder: Path, supply: Iterator[NDArray[np.uint8]]) -> None:
        self.folder = folder
        self._supply = supply
        self._draw = np.random.default_rng(1)
        self.count = 0
        folder.mkdir()

    def receive(self, number: int, *, sigma: float = SIGMA, blur: float = 0.0) -> None:
        """New pictures, degraded."""
        for _ in range(number):
            picture = next(self._supply).astype(np.float64) / 255
            soft = cv2.GaussianBlur(picture, (0, 0), blur) if blur else picture
            noisy = np.clip(soft + self._draw.normal(0, sigma, soft.shape), 0, 1)
            cv2.imwrite(str(self.folder / f"{self.count:03d}.png"), np.round(noisy * 255).astype(np.uint8)[:, :, ::-1])
            self.count += 1


@pytest.fixture
def inbox(project: Project) -> Inbox:
    """As ``made_inbox``."""
    return made_inbox(project)


def made_inbox(project: Project) -> Inbox:
    """Beside a champion that was really trained, on a dozen pictures of the like that arrive."""
    supply = scenes()
    for number in range(16):
        cv2.imwrite(str(project.root / "pictures" / "train" / f"more-{number}.png"), next(supply)[:, :, ::-1])
    project.burnish("data", "add", "pictures")
    project.retrain(project.recipe("r.yaml", 30))
    return Inbox(project.root / "inbox", supply)


@pytest.mark.long
def test_drift_is_measured_kept_shown_and_told(project: Project, inbox: Inbox, prefect_api: str) -> None:
    def look() -> dict[str, Any]:
        told: dict[str, Any] = json.loads(project.burnish("monitor", "tiny@champion", "inbox", "--json"))
        return told

    inbox.receive(12)
    first = look()
    assert (first["state"], first["measured"], first["outside"]) == ("inside", 12, [])
    assert first["measures"]["noise"]["median"] == pytest.approx(SIGMA, rel=0.08)
    assert (look()["state"], look()["arrived"]) == ("waiting", 0)

    inbox.receive(12, sigma=1.5 * SIGMA)
    noisier = look()
    assert (noisier["arrived"], "noise" in noisier["outside"], noisier["told"]) == (12, True, True)
    until(lambda: len(events(prefect_api)) == 1)
    inbox.receive(12, sigma=1.5 * SIGMA)
    assert set(look()["outside"]) <= set(noisier["outside"]) | {"output_quality"}

    inbox.receive(12, blur=3.0)
    before = len(events(prefect_api))
    blurred = run_flow(project, prefect_api)
    assert blurred == 12
    until(lambda: len(events(prefect_api)) == before + 1)
    newest = events(prefect_api)[-1]
    assert newest["resource"]["prefect.resource.id"] == "burnish.model.tiny"
    assert "blur" in newest["payload"]["outside"]
    assert newest["payload"]["version"] == "1"

    figures = series(project, first["series"])
    assert [value / SIGMA for value in figures["noise/median"]] == pytest.approx([1.0, 1.45, 1.45, 1.0], rel=0.08)
    assert sum(figures["pictures"]) == inbox.count == 48
    page = Path(noisier["page"])
    assert "Outside the training data's band" in page.read_text(encoding="utf-8")
    assert page.with_name("monitor.svg").stat().st_size > 10_000


@pytest.mark.long
def test_drift_starts_a_retraining_that_says_so(alone: Project) -> None:
    inbox = made_inbox(alone)
    with up(alone):
        alone.burnish("deploy", "r.yaml", "--on-drift")
        inbox.receive(12)
        alone.burnish("monitor", "tiny@champion", "inbox")
        assert len(flow_runs(alone)) == 1, "nothing has drifted: the first training, by hand"
        (alone.root / "r.yaml").write_text((alone.root / "r.yaml").read_text().replace("steps: 30", "steps: 40"))
        inbox.receive(12, blur=3.0)
        alone.burnish("monitor", "tiny@champion", "inbox")
        completed(alone, 2)
        assert sorted(run["parameters"]["cause"] for run in flow_runs(alone)) == ["", "drift"]
        assert json.loads(alone.burnish("lineage", "tiny:2", "--json"))["cause"] == "drift"


def run_flow(project: Project, api: str) -> int:
    """The same look as a Prefect flow; how many pictures it measured."""
    done = subprocess.run(
        [sys.executable, "-c", FLOW],
        cwd=project.root, env={**environment(), "PREFECT_API_URL": api}, capture_output=True, text=True, timeout=1800,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.split()[-1])


def events(api: str) -> list[dict[str, Any]]:
    """What the server has of ``burnish.drift``, oldest first."""
    body = json.dumps({"filter": {"event": {"name": ["burnish.drift"]}, "order": "ASC"}}).encode()
    request = urllib.request.Request(f"{api}/events/filter", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=1800) as answer:
        found: list[dict[str, Any]] = json.load(answer)["events"]
        return found


def series(project: Project, run: str) -> dict[str, list[float]]:
    """Metric → figures, look by look."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{project.root / '.burnish' / 'mlflow.db'}")
    found = {}
    for name in client.get_run(run).data.metrics:
        entries = sorted(client.get_metric_history(run, name), key=lambda entry: entry.step)
        found[name] = [entry.value for entry in entries]
    return found
