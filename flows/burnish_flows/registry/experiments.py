"""An MLflow experiment by name: created if missing, restored if deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment


def usable(
    client: MlflowClient,
    name: str,
    location: str | None,
    *,
    tags: Mapping[str, str] | None = None,
    found: Experiment | None = None,
) -> str:
    """The id of an experiment that accepts runs.

    Args:
        client: Of the store.
        name: The experiment's.
        location: Where its files go when it is made; None: the server's choice.
        tags: Given to it when it is made.
        found: The experiment, where it is known already.
    """
    from mlflow.exceptions import MlflowException

    found = found or client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name, location, tags=dict(tags or {})))
        except MlflowException:
            found = client.get_experiment_by_name(name)
            if found is None:  # not because another process created it first
                raise
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)
