"""The webhook's addresses and events, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from burnish.errors import ConfigError

DEFAULT_EVENTS = ("model_registered", "promotion_decided", "run_failed")
EVENTS = (*DEFAULT_EVENTS, "training_started", "epoch_ended", "training_ended", "model_evaluated")
"""All events that can be sent."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The webhook's settings in the environment."""

    addresses: tuple[str, ...]
    """http:// or https://."""
    events: frozenset[str] = frozenset(DEFAULT_EVENTS)
    secret: str = ""
    """Key of the signature; empty: requests are not signed."""
    timeout: float = 5.0
    """Seconds for one try."""
    allowed: frozenset[str] = frozenset()
    """Hosts, in lower case, that may be private, link-local or this machine."""


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """``BURNISH_WEBHOOK_URL``, ``_EVENTS``, ``_SECRET``, ``_TIMEOUT`` and ``_ALLOW``.

    Raises:
        ConfigError: An address is none, or an event is unknown.
    """
    given = os.environ if environment is None else environment
    addresses = _words(given.get("BURNISH_WEBHOOK_URL", ""))
    for address in addresses:
        if not _is_address(address):
            raise ConfigError(f"BURNISH_WEBHOOK_URL: {address!r} is not a valid http:// or https:// address")
    events = _words(given.get("BURNISH_WEBHOOK_EVENTS", "")) or DEFAULT_EVENTS
    events = EVENTS if events == ("all",) else events
    if unknown := sorted(set(events) - set(EVENTS)):
        raise ConfigError(
            f"BURNISH_WEBHOOK_EVENTS: {', '.join(unknown)} is unknown; choose all, or from {', '.join(EVENTS)}"
        )
    timeout = given.get("BURNISH_WEBHOOK_TIMEOUT", "5")
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ConfigError(f"BURNISH_WEBHOOK_TIMEOUT: {timeout!r} is not a time; give seconds above 0, at most 3600")
    return Settings(
        addresses=addresses,
        events=frozenset(events),
        secret=given.get("BURNISH_WEBHOOK_SECRET", ""),
        timeout=seconds,
        allowed=frozenset(name.lower() for name in _words(given.get("BURNISH_WEBHOOK_ALLOW", ""))),
    )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # not a valid port or IPv6 address
        return False


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
