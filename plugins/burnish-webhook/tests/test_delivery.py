"""Events arrive in order, signed and whole; slow, dead or broken receivers neither delay nor break the work."""

from __future__ import annotations

import hmac
import json
import math
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from burnish.events import EpochEnded, PromotionDecided
from burnish.plugins.host import installed
from burnish_webhook import delivery
from burnish_webhook.delivery import flush, signature


class Receiver:
    """A real HTTP server that keeps what it is sent, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], dict[str, Any], bytes]] = []
        self.answers: list[int] = []
        """Status of the next answers; afterwards 204."""
        self.delay = 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                time.sleep(outer.delay)
                content = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), json.loads(content), content))
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.send_header("Location", f"{outer.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    made = Receiver()
    monkeypatch.setenv("BURNISH_WEBHOOK_URL", f"{made.url}/hook")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("BURNISH_WEBHOOK_ALLOW", "127.0.0.1")
    monkeypatch.setattr(delivery, "TRIES", (0.0, 0.05, 0.05))
    yield made
    made.server.shutdown()
    made.server.server_close()


def _decided(version: str) -> PromotionDecided:
    return PromotionDecided(model="denoise", run="f", version=version, promoted=True, champion=version, reason="better")


def test_events_of_the_host_arrive_in_order_with_all_their_fields(receiver: Receiver) -> None:
    for number in range(20):
        assert installed().notify("on_promotion_decided", _decided(str(number))) == []
    assert flush()
    assert [told["version"] for _, told, _ in receiver.got] == [str(number) for number in range(20)]
    told = receiver.got[0][1]
    assert (told["event"], told["model"], told["reason"]) == ("promotion_decided", "denoise", "better")
    assert told["promoted"] is True
    assert len({told["id"] for _, told, _ in receiver.got}) == 20


def test_the_signature_is_that_of_stamp_and_body(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNISH_WEBHOOK_SECRET", "s3cret")
    installed().notify("on_promotion_decided", _decided("1"))
    assert flush()
    headers, _, content = receiver.got[0]
    assert headers["X-Burnish-Signature"] == signature("s3cret", headers["X-Burnish-Timestamp"], content)


def test_the_signature_is_hmac_sha256() -> None:
    digest = hmac.digest(b"key", b"1.body", "sha256").hex()
    assert signature("key", "1", b"body") == f"sha256={digest}"


def test_only_what_is_asked_for_is_sent(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    epoch = EpochEnded(model="denoise", step=1, loss=0.1, validation=math.nan)
    installed().notify("on_epoch_ended", epoch)
    monkeypatch.setenv("BURNISH_WEBHOOK_EVENTS", "epoch_ended")
    installed().notify("on_promotion_decided", _decided("1"))
    installed().notify("on_epoch_ended", epoch)
    assert flush()
    assert [(told["event"], told["validation"]) for _, told, _ in receiver.got] == [("epoch_ended", None)]


def test_a_receiver_that_is_not_there_yet_gets_the_event_in_the_end(receiver: Receiver) -> None:
    receiver.answers = [503, 500]
    installed().notify("on_promotion_decided", _decided("1"))
    assert flush()
    assert len(receiver.got) == 3


def test_a_receiver_that_refuses_is_not_asked_again_and_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [403, 302]
    installed().notify("on_promotion_decided", _decided("1"))
    installed().notify("on_promotion_decided", _decided("2"))
    assert flush()
    assert [told["version"] for _, told, _ in receiver.got] == ["1", "2"]


def test_a_slow_receiver_does_not_delay_the_work(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.delay = 0.5
    begin = time.monotonic()
    installed().notify("on_promotion_decided", _decided("1"))
    assert time.monotonic() - begin < 0.4
    assert flush()


def test_what_a_slow_receiver_has_no_room_for_is_named_and_the_work_goes_on(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    going = threading.Event()
    monkeypatch.setattr(delivery, "LENGTH", 1)
    monkeypatch.setattr(delivery, "_senders", {})
    monkeypatch.setattr(delivery, "post", lambda *_, **__: going.wait(60) and 204)
    try:
        for number in range(4):  # one on its way at most, one waiting
            assert installed().notify("on_promotion_decided", _decided(str(number))) == []
        assert "is not sent to" in caplog.text
        assert "because 1 events are already waiting" in caplog.text
    finally:
        going.set()
    assert flush()


def test_a_dead_receiver_breaks_nothing(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.server.server_close()
    receiver.server.shutdown()
    assert installed().notify("on_promotion_decided", _decided("1")) == []
    assert flush()
    assert "does not accept an event" in caplog.text


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("BURNISH_WEBHOOK_URL", "file:///etc/passwd", "not a valid http:// or https:// address"),
        ("BURNISH_WEBHOOK_EVENTS", "promoted", "promoted is unknown"),
        ("BURNISH_WEBHOOK_URL", "http://[::1/hook", "not a valid http:// or https:// address"),
        ("BURNISH_WEBHOOK_URL", "http://h:99999/hook", "not a valid http:// or https:// address"),
        ("BURNISH_WEBHOOK_TIMEOUT", "soon", "is not a time; give seconds"),
        ("BURNISH_WEBHOOK_TIMEOUT", "nan", "is not a time; give seconds"),
        ("BURNISH_WEBHOOK_TIMEOUT", "-1", "is not a time; give seconds"),
    ],
)
def test_wrong_settings_are_named_and_stop_no_run(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, name: str, value: str, word: str
) -> None:
    monkeypatch.setenv(name, value)
    (failure,) = installed().notify("on_promotion_decided", _decided("1"))
    assert word in failure.error
    assert receiver.got == []
