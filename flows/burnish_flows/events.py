"""Sends events to the Prefect server, so that its triggers and automations can start a retraining.

One small request, without importing Prefect, which would take seconds.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException

DATA_CHANGED = "burnish.data.changed"
"""The recorded state of a dataset has changed."""
DRIFT = "burnish.drift"
"""The arriving pictures have left the band of the model's training data."""

PATIENCE = 30.0
"""Seconds for the server to answer."""


def emit(name: str, *, model: str, payload: Mapping[str, object]) -> bool:
    """Send one event about a model.

    Args:
        name: Of the event.
        model: Name in the registry.
        payload: JSON values.

    Returns:
        Whether a server took it; False where ``PREFECT_API_URL`` names none, or it does not answer. Never raises.
    """
    return _send(name, resource(model), model, payload)


def data_changed(root: str, payload: Mapping[str, object]) -> bool:
    """Send that the dataset in folder ``root``, below the project, has changed; returns as ``emit``."""
    return _send(DATA_CHANGED, dataset(root), root, payload)


def resource(model: str) -> str:
    """The id of this model in events, which triggers match."""
    return f"burnish.model.{model}"


def dataset(root: str) -> str:
    """The id of this dataset in events, which triggers match."""
    return f"burnish.data.{root}"


def _send(name: str, about: str, title: str, payload: Mapping[str, object]) -> bool:
    api = os.environ.get("PREFECT_API_URL", "")
    if not api:
        return False
    event = {
        "id": str(uuid.uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": about, "prefect.resource.name": title},
        "payload": dict(payload),
    }
    try:
        body = json.dumps([event]).encode()
        headers = {"Content-Type": "application/json", **_authorisation()}
        request = urllib.request.Request(f"{api.rstrip('/')}/events", data=body, headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return bool(200 <= answer.status < 300)
    except (OSError, HTTPException, ValueError, TypeError):
        return False


def _authorisation() -> dict[str, str]:
    if text := os.environ.get("PREFECT_API_AUTH_STRING"):
        return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}
    if key := os.environ.get("PREFECT_API_KEY"):
        return {"Authorization": f"Bearer {key}"}
    return {}
