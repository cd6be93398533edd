"""Sends events in order, in the background: a bad receiver neither delays nor breaks anything else."""

from __future__ import annotations

import atexit
import hashlib
import hmac
import http.client
import json
import logging
import queue
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from burnish.console import line, redact

from burnish_webhook import settings
from burnish_webhook.posting import ForbiddenError, post
from burnish_webhook.settings import Settings

TRIES = (0.0, 1.0, 4.0)
"""Seconds before each try."""
PATIENCE = 15.0
"""Seconds that the end of the process waits for the unsent events."""
LENGTH = 1000
"""Largest number of waiting events; newer ones are dropped."""

_log = logging.getLogger("burnish.webhook")
_starting = threading.Lock()
_senders: dict[str, Sender] = {}


def tell(occasion: str, event: Mapping[str, Any]) -> None:
    """Send one event to every address, if the event is selected; returns at once.

    Raises:
        ConfigError: The environment is off.
    """
    chosen = settings.read()
    if occasion not in chosen.events:
        return
    content = body(occasion, event)
    for address in chosen.addresses:
        if not _sender(address).take(chosen, content):
            _log.warning(
                "webhook: %s is not sent to %s, because %d events are already waiting",
                occasion,
                _without_path(address),
                LENGTH,
            )


def body(occasion: str, event: Mapping[str, Any]) -> bytes:
    """The JSON to be sent: the event's fields, its name, time and origin; NaN as null."""
    told = {
        "event": occasion,
        "id": uuid.uuid4().hex,
        "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "host": socket.gethostname(),
        **{key: _plain(value) for key, value in event.items()},
    }
    return json.dumps(told, allow_nan=False).encode()


def signature(secret: str, stamp: str, content: bytes) -> str:
    """``sha256=`` and the HMAC-SHA256 of ``<stamp>.<content>`` as hex, which the receiver computes and compares."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + content, hashlib.sha256).hexdigest()


def flush(patience: float = PATIENCE) -> bool:
    """Wait until all events are sent or given up; False on timeout."""
    end = time.monotonic() + patience
    while (busy := any(sender.busy for sender in _senders.values())) and time.monotonic() < end:
        time.sleep(0.02)
    return not busy


class Sender:
    """Sends to one address, in order, in its own thread: a bad receiver does not delay the others."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._waiting: queue.Queue[tuple[Settings, bytes]] = queue.Queue(LENGTH)
        threading.Thread(target=self._send_all, name="burnish-webhook", daemon=True).start()

    @property
    def busy(self) -> bool:
        """Whether events are waiting or being sent."""
        return bool(self._waiting.unfinished_tasks)

    def take(self, chosen: Settings, content: bytes) -> bool:
        """Queue the event; False if too many are waiting."""
        try:
            self._waiting.put_nowait((chosen, content))
        except queue.Full:
            return False
        return True

    def _send_all(self) -> None:
        while True:
            chosen, content = self._waiting.get()
            try:
                _send(chosen, self._address, content)
            except Exception as error:  # after any error, the next event is sent
                _log.warning("webhook: %s does not accept an event: %s", _without_path(self._address), _fact(error))
            finally:
                self._waiting.task_done()


def _sender(address: str) -> Sender:
    with _starting:
        if not _senders:
            atexit.register(flush)
        if address not in _senders:
            _senders[address] = Sender(address)
        return _senders[address]


def _send(chosen: Settings, address: str, content: bytes) -> None:
    fact = ""
    for pause in TRIES:
        time.sleep(pause)
        try:
            status = post(address, content, _headers(chosen, content), timeout=chosen.timeout, allowed=chosen.allowed)
        except ForbiddenError as error:
            fact = _fact(error)
            break
        except (OSError, ValueError, http.client.HTTPException) as error:
            fact = _fact(error)
            continue
        if status < 300:
            return
        fact = f"HTTP {status}"
        if status < 500 and status != 429:
            break
    _log.warning("webhook: %s does not accept an event: %s", _without_path(address), fact)


def _headers(chosen: Settings, content: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", "User-Agent": "burnish-webhook", "X-Burnish-Timestamp": stamp}
    if chosen.secret:
        headers["X-Burnish-Signature"] = signature(chosen.secret, stamp, content)
    return headers


def _without_path(address: str) -> str:
    """Scheme and host only: whoever knows the rest can post there."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _fact(error: Exception) -> str:
    return line(redact(" ".join(str(error).split()) or type(error).__name__))[:300]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
