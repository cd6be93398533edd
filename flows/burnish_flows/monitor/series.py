"""The series of looks in MLflow: one run for each model version and folder, one step for each look.

A look is complete when the metric ``pictures`` has its step: one call, the last one, writes all metrics of a step. The
seen pictures are in two files that are written in turn, so that an interrupted look leaves the previous file intact.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import RegistryError
from burnish.io import scratch

from burnish_flows import environment
from burnish_flows.environment import Project
from burnish_flows.registry import experiments
from burnish_flows.registry.store import Registry, Version

if TYPE_CHECKING:
    from burnish.drift import MeasureDrift

PICTURES = "pictures"
"""The metric that completes a look: its number of measured pictures."""
MODEL, VERSION, FOLDER = "burnish.model", "burnish.version", "burnish.folder"
LOOKED = "burnish.looked"
"""The tag with the Unix time of the last look, in milliseconds."""
TOLD = "burnish.told"
"""The tag with the last reports: measure → time."""
OUTSIDE = "burnish.outside"
"""The tag with the measures that are outside, for MLflow's own table of runs."""
MEDIAN, JUDGED = "median", "outside"
"""Metrics of each measure: ``noise/median``, and ``noise/outside``, which is 1 or 0."""


class Series:
    """The looks at one folder for one version."""

    def __init__(self, registry: Registry, run_id: str) -> None:
        self._registry = registry
        self._client = registry.client
        self.run_id = run_id

    @classmethod
    def of(cls, registry: Registry, version: Version, folder: Path, project: Project) -> Series:
        """The series of a version and folder, created if there is none; it continues after the last look at the folder.

        That look may have been for another version, which was champion in between.
        """
        experiment = _experiment(registry, version.model, project)
        runs = registry.client.search_runs([experiment], f"tags.`{FOLDER}` = '{_quoted(folder)}'", max_results=1000)
        own = next((run.info.run_id for run in runs if run.data.tags.get(VERSION) == version.number), "")
        looked = [run for run in runs if run.data.tags.get(LOOKED, "").isdecimal()]
        newest = max(looked, key=lambda run: int(run.data.tags[LOOKED])).info.run_id if looked else own
        begun = not own
        if begun:
            name = f"{version.model} v{version.number} {folder.name}"
            own = registry.client.create_run(experiment, tags={MODEL: version.model}, run_name=name).info.run_id
        series = cls(registry, own)
        if newest and newest != own:
            series._write_seen(series.look, cls(registry, newest).seen())
        if begun:  # can be found only now, after its list of seen pictures is written
            registry.client.set_tag(own, VERSION, version.number)
            registry.client.set_tag(own, FOLDER, _quoted(folder))
        return series

    @property
    def look(self) -> int:
        """Number of the last look; 0 if there was none."""
        return max((step for step, _, _ in self.history(PICTURES)), default=0)

    def history(self, metric: str) -> list[tuple[int, float, float]]:
        """(look, Unix time in seconds, figure) of one metric, oldest first."""
        entries = self._client.get_metric_history(self.run_id, metric)
        return sorted((entry.step, entry.timestamp / 1000.0, entry.value) for entry in entries)

    def seen(self) -> set[str]:
        """Keys of the pictures that were in the folder at the last look and have been counted."""
        from mlflow.artifacts import download_artifacts
        from mlflow.exceptions import MlflowException

        name = _slot(self.look)
        try:
            if name not in {entry.path for entry in self._client.list_artifacts(self.run_id)}:
                return set()
            with scratch.folder() as folder:
                uri = f"runs:/{self.run_id}/{name}"
                path = download_artifacts(artifact_uri=uri, dst_path=str(folder), tracking_uri=self._registry.uri)
                return set(Path(path).read_text(encoding="ascii").split())
        except (MlflowException, OSError) as error:
            fact = " ".join(str(error).split())
            raise RegistryError(f"run {self.run_id}: the list of seen pictures cannot be fetched: {fact}") from error

    def outside(self) -> set[str]:
        """The measures that were outside at their last judgement."""
        latest: Mapping[str, float] = self._client.get_run(self.run_id).data.metrics
        ends = f"/{JUDGED}"
        return {name.removesuffix(ends) for name, value in latest.items() if name.endswith(ends) and value}

    def told(self) -> dict[str, str]:
        """Measure → ISO time of its last report."""
        tags: Mapping[str, str] = self._client.get_run(self.run_id).data.tags
        try:
            said = json.loads(tags.get(TOLD, "{}"))
        except ValueError:  # someone edited the tag: lasting drift is reported once more
            said = {}
        return {str(name): str(when) for name, when in said.items()} if isinstance(said, dict) else {}

    def keep(self, standings: Iterable[MeasureDrift], *, pictures: int, seen: Iterable[str]) -> int:
        """Write one look; returns its number.

        Args:
            standings: One for each measure.
            pictures: That were measured.
            seen: Keys of all pictures that need not be looked at again.
        """
        from mlflow.entities import Metric, RunTag

        number, now = self.look + 1, int(time.time() * 1000)
        standings = list(standings)
        self._write_seen(number, seen)
        figures = {name: value for standing in standings for name, value in _figures(standing).items()}
        metrics = [Metric(name, value, now, number) for name, value in {**figures, PICTURES: float(pictures)}.items()]
        self._client.log_batch(self.run_id, metrics=metrics, tags=[RunTag(LOOKED, str(now))])
        outside = ", ".join(standing.measure for standing in standings if standing.state == "outside")
        self._client.set_tag(self.run_id, OUTSIDE, outside or "none")
        self._client.update_run(self.run_id, status="FINISHED")
        return number

    def remember_told(self, told: Mapping[str, str]) -> None:
        """Store the times of the last reports."""
        self._client.set_tag(self.run_id, TOLD, json.dumps(dict(told)))

    def _write_seen(self, number: int, keys: Iterable[str]) -> None:
        with scratch.folder() as folder:
            path = folder / _slot(number)
            path.write_text("\n".join(sorted(keys)), encoding="ascii")
            self._client.log_artifact(self.run_id, str(path))


def _slot(number: int) -> str:
    return f"seen-{number % 2}.txt"


def _figures(standing: MeasureDrift) -> dict[str, float]:
    """Metrics of one measure, named so that MLflow groups them by the part before the slash."""
    found = {
        MEDIAN: standing.median,
        "share_beyond_1_99": standing.share,
        "band_low": standing.low,
        "band_high": standing.high,
        JUDGED: {"outside": 1.0, "inside": 0.0}.get(standing.state),
    }
    return {f"{standing.measure}/{name}": value for name, value in found.items() if value is not None}


def _quoted(folder: Path) -> str:
    """The folder as a tag; without quotation marks, which would end the string in a search."""
    return str(folder).replace("'", "’")


def _experiment(registry: Registry, model: str, project: Project) -> str:
    return experiments.usable(registry.client, f"burnish/{model}/monitor", environment.artifact_location(project))
