"""One look: measure the arrived pictures, judge them, and store, show and report the result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import ImagingError, RegistryError, UsageError

from burnish_flows import environment
from burnish_flows.environment import Project
from burnish_flows.locks.locking import registry_lock
from burnish_flows.monitor import alerts, page, recent_pictures
from burnish_flows.monitor.profiles import profile_of
from burnish_flows.monitor.series import Series
from burnish_flows.registry.locate import fetch_bundle, parsed
from burnish_flows.registry.store import Registry, Version

if TYPE_CHECKING:
    from burnish.drift import OutputMeasures, Profile

SAMPLE = 64
"""Largest number of pictures measured in one look."""
LEAST = 10
"""A look waits until this many pictures have arrived."""
FRESH = 60.0
"""Age in seconds up to which an unreadable picture may still be being written."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """The settings of a look."""

    model: str
    """``NAME@ALIAS`` or ``NAME:VERSION``."""
    folder: Path
    """Where pictures arrive; those in folders below it count too."""
    sample: int = SAMPLE
    """Largest number of pictures measured in one look; all others count as seen."""
    output_quality: bool = True
    """Whether the model's output is scored."""
    again_hours: float = alerts.AGAIN_HOURS
    """Hours until continuing drift is reported again."""
    quiet: bool = False

    def __post_init__(self) -> None:
        parsed(self.model)
        if self.sample < LEAST:
            raise UsageError(f"a sample of {self.sample} pictures is too small; give at least {LEAST}")


def look(watch: Watch, project: Project) -> dict[str, Any]:
    """Look once; returns JSON values (see ``docs/monitoring.md``).

    Raises:
        RegistryError: The model does not exist, or the store fails.
        DataError: The folder is missing, or the version's profile cannot be made.
    """
    from mlflow.exceptions import MlflowException

    registry = Registry.existing(environment.tracking_uri())
    try:
        version = registry.version(*parsed(watch.model))
        environment.create(project)
        with registry_lock(registry.uri, version.model, "monitor", client=registry.client):
            return _look(watch, registry, version, project)
    except MlflowException as error:
        fact = " ".join(str(error).split())
        raise RegistryError(f"{registry.uri}: the look at {watch.folder} cannot be stored: {fact}") from error


def _look(watch: Watch, registry: Registry, version: Version, project: Project) -> dict[str, Any]:
    from burnish.drift import judge

    folder = watch.folder.resolve()
    there = recent_pictures.present(folder)
    profile = profile_of(registry, version, project, quiet=watch.quiet)
    series = Series.of(registry, version, folder, project)
    seen = series.seen()
    known: dict[str, Any] = {"model": version.model, "version": version.number, "folder": str(folder)}
    arrived = [key for key in there if key not in seen]
    if len(arrived) < LEAST:
        return {**known, "state": "waiting", "arrived": len(arrived), "least": LEAST, "series": series.run_id}
    output = _output(registry, version, profile, project) if watch.output_quality else None
    window, unreadable = measured(recent_pictures.sample(there, seen, watch.sample), output, quiet=watch.quiet)
    if len(window) < LEAST:
        readable = {"arrived": len(window), "unreadable": len(unreadable), "least": LEAST}
        return {**known, "state": "waiting", **readable, "series": series.run_id}
    standings = judge(profile, list(window.values()), outside=series.outside())
    done = set(there) - {key for key in unreadable if _is_fresh(there[key])}
    number = series.keep(standings.values(), pictures=len(window), seen=done)
    sight = page.Sight(
        version=version, folder=folder, profile=profile, standings=standings, look=number, pictures=len(window)
    )
    shown = page.write(sight, series, project)
    payload = {**known, "look": number, "page": str(shown)}
    before = series.told()
    told = alerts.tell(standings, before, model=version.model, payload=payload, again_hours=watch.again_hours)
    if told != before:
        series.remember_told(told)
    outside = [name for name, standing in standings.items() if standing.state == "outside"]
    return {
        **known,
        "state": "outside" if outside else "inside",
        "look": number,
        "arrived": len(arrived),
        "measured": len(window),
        "unreadable": len(unreadable),
        "outside": outside,
        "told": bool(set(told.items()) - set(before.items())),
        "untold": sorted(set(outside) - set(told)),
        "measures": {name: standing.as_json() for name, standing in standings.items()},
        "notes": list(profile.notes),
        "page": str(shown),
        "series": series.run_id,
    }


def measured(
    chosen: Mapping[str, Path], output: OutputMeasures | None, *, quiet: bool
) -> tuple[dict[str, Mapping[str, float | None]], list[str]]:
    """Key → figures of the readable pictures; and the keys of the others."""
    from burnish.console.progress import track
    from burnish.drift import measure_file

    window: dict[str, Mapping[str, float | None]] = {}
    unreadable: list[str] = []
    for key, path in track(chosen.items(), description="Measuring", total=len(chosen), quiet=quiet):
        try:
            window[key] = measure_file(path, output)
        except (ImagingError, OSError):
            unreadable.append(key)
    return window, unreadable


def _output(registry: Registry, version: Version, profile: Profile, project: Project) -> OutputMeasures | None:
    """What measured the output in training, to measure that of arriving pictures; None if nothing did."""
    from burnish.drift.measures import INTERVAL_WIDTH

    if not profile.metric and INTERVAL_WIDTH not in profile.measures:
        return None
    return _loaded(fetch_bundle(version, registry.uri, project.cache / "models"), profile.metric)


@lru_cache(maxsize=1)
def _loaded(bundle: Path, metric: str) -> OutputMeasures:
    """The restorer, cached between looks until another version is champion."""
    from burnish.drift import OutputMeasures
    from burnish.inference import load_bundle
    from burnish.plugins.catalog import installed

    return OutputMeasures(load_bundle(bundle), installed(), metric)


def _is_fresh(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < FRESH
    except OSError:
        return False
