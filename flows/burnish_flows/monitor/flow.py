"""The flow: one look at arriving pictures; deploy it with a schedule, as ``burnish_flows.monitor.flow``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from burnish.console.redaction import clean_errors
from burnish.errors import RegistryError
from prefect import flow, task  # noqa: TID253
from prefect.cache_policies import NO_CACHE  # noqa: TID253

from burnish_flows import environment
from burnish_flows.monitor import drift_check
from burnish_flows.monitor.drift_check import Watch


@flow(name="monitor", flow_run_name="{model}", validate_parameters=False, result_serializer="json")
@clean_errors()
def monitor(
    model: str, folder: str, sample: int = drift_check.SAMPLE, output_quality: bool = True, again_hours: float = 24.0
) -> dict[str, Any]:
    """Measure the pictures that arrived since the last look, and report where they differ from the training's.

    Args:
        model: ``NAME@ALIAS`` or ``NAME:VERSION``.
        folder: Where pictures arrive.
        sample: Pictures that are measured at most.
        output_quality: Whether what the model makes of them is scored.
        again_hours: Hours until lasting drift is reported again.

    Returns:
        See ``docs/monitoring.md``.
    """
    result: dict[str, Any] = look_task(
        Watch(
            model=model, folder=Path(folder), sample=sample, output_quality=output_quality, again_hours=again_hours,
            quiet=True,
        )
    )  # fmt: skip
    return result


@task(
    name="look",
    cache_policy=NO_CACHE,
    retries=2,
    retry_delay_seconds=[1, 5],
    retry_condition_fn=lambda task, run, state: isinstance(state.result(raise_on_failure=False), RegistryError),
)
@clean_errors()
def look_task(watch: Watch) -> dict[str, Any]:
    """One look, in the project of the working directory."""
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    return drift_check.look(watch, project)
