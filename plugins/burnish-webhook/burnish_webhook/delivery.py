"""Sends events in order, beside the work they tell of: a slow or dead receiver delays nothing and breaks nothing."""

from __future__ import annotations

import atexit
import hashlib
import hmac
import json
import logging
import queue
import socket
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from burnish_webhook import settings
from burnish_webhook.settings import Settings

TRIES = (0.0, 1.0, 4.0)
"""Seconds before each try."""
PATIENCE = 15.0
"""Seconds that the end of the process waits for what is still to be sent."""
LENGTH = 1000
"""Events that wait at most; the newest are left out beyond."""

_log = logging.getLogger("burnish.webhook")
_waiting: queue.Queue[tuple[Settings, bytes]] = queue.Queue(LENGTH)
_starting = threading.Lock()
_sender: threading.Thread | None = None


def tell(occasion: str, event: Mapping[str, Any]) -> None:
    """Send one event to every address, unless it is not asked for; returns at once.

    Raises:
        ConfigError: The environment is off.
    """
    chosen = settings.read()
    if occasion not in chosen.events:
        return
    _start()
    try:
        _waiting.put_nowait((chosen, body(occasion, event)))
    except queue.Full:
        _log.warning("webhook: %s is not sent, since %d events wait already", occasion, LENGTH)


def body(occasion: str, event: Mapping[str, Any]) -> bytes:
    """What is sent: the event's fields, and which, when, from where; NaN as null."""
    told = {
        "event": occasion,
        "id": uuid.uuid4().hex,
        "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "host": socket.gethostname(),
        **{key: _plain(value) for key, value in event.items()},
    }
    return json.dumps(told, allow_nan=False).encode()


def signature(secret: str, stamp: str, content: bytes) -> str:
    """``sha256=`` and the HMAC-SHA256 of ``<stamp>.<content>`` as hex; the receiver computes the same and compares."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + content, hashlib.sha256).hexdigest()


def flush(patience: float = PATIENCE) -> bool:
    """Wait until all is sent or given up; False where that takes longer."""
    end = time.monotonic() + patience
    while _waiting.unfinished_tasks and time.monotonic() < end:
        time.sleep(0.02)
    return not _waiting.unfinished_tasks


def _start() -> None:
    global _sender
    with _starting:
        if _sender is None or not _sender.is_alive():
            _sender = threading.Thread(target=_send_all, name="burnish-webhook", daemon=True)
            _sender.start()
            atexit.register(flush)


def _send_all() -> None:
    while True:
        chosen, content = _waiting.get()
        try:
            for address in chosen.addresses:
                _send(chosen, address, content)
        finally:
            _waiting.task_done()


def _send(chosen: Settings, address: str, content: bytes) -> None:
    fact = ""
    for pause in TRIES:
        time.sleep(pause)
        try:
            with _opener().open(_request(chosen, address, content), timeout=chosen.timeout):
                return
        except urllib.error.HTTPError as error:
            fact = f"HTTP {error.code}"
            error.close()
            if error.code < 500 and error.code != 429:
                break
        except (OSError, ValueError) as error:
            fact = " ".join(str(error).split())
    _log.warning("webhook: %s does not take an event: %s", address, fact)


def _request(chosen: Settings, address: str, content: bytes) -> urllib.request.Request:
    stamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", "User-Agent": "burnish-webhook", "X-Burnish-Timestamp": stamp}
    if chosen.secret:
        headers["X-Burnish-Signature"] = signature(chosen.secret, stamp, content)
    return urllib.request.Request(address, content, headers, method="POST")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is signed for one receiver goes to no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect())


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
