"""Reports drift when a measure leaves its band, and again after a while if it is still outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from burnish_flows import events

if TYPE_CHECKING:
    from burnish.drift import MeasureDrift

AGAIN_HOURS = 24.0
"""Hours until a measure that is still outside is reported again."""


def due(outside: Iterable[str], told: Mapping[str, str], *, now: datetime, again_hours: float) -> set[str]:
    """The measures of ``outside`` that were not reported yet, or so long ago that they are reported again.

    Args:
        outside: Measures that are outside now.
        told: Measure → ISO time of its last report.
        now: The present time.
        again_hours: Hours after which it is reported again.
    """
    patience = timedelta(hours=again_hours)
    return {name for name in outside if name not in told or now - datetime.fromisoformat(told[name]) >= patience}


def tell(
    standings: Mapping[str, MeasureDrift],
    told: Mapping[str, str],
    *,
    model: str,
    payload: Mapping[str, Any],
    again_hours: float = AGAIN_HOURS,
) -> dict[str, str]:
    """Emit ``burnish.drift`` if a measure is due; return all reports so far, for the next look.

    A measure that is inside again is forgotten, so that it is reported when it leaves again. If no server accepts the
    event, nothing counts as reported.

    Args:
        standings: The state of each measure.
        told: Measure → ISO time of its last report.
        model: Name in the registry.
        payload: Added to the event, which also has ``outside`` and ``measures`` (median and band of each).
        again_hours: See ``due``.
    """
    now = datetime.now(UTC)
    outside = sorted(name for name, standing in standings.items() if standing.state == "outside")
    inside = {name for name, standing in standings.items() if standing.state == "inside"}
    kept = {name: when for name, when in told.items() if name not in inside}
    if not due(outside, kept, now=now, again_hours=again_hours):
        return kept
    measures = {name: standings[name].as_json() for name in outside}
    accepted = events.emit(events.DRIFT, model=model, payload={**payload, "outside": outside, "measures": measures})
    if not accepted:
        return kept
    return {**kept, **dict.fromkeys(outside, now.isoformat(timespec="seconds"))}
