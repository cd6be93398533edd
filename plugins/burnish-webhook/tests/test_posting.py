"""Receivers that answer no HTTP, never end or lead inside: the sender survives them all and serves the healthy one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from burnish.events import PromotionDecided
from burnish.plugins.host import installed
from burnish_webhook import delivery, posting
from burnish_webhook.delivery import flush
from burnish_webhook.posting import ForbiddenError, checked, post
from hypothesis import given, settings
from hypothesis import strategies as st

Answer = Callable[[socket.socket], None]


class Raw:
    """A server that reads the request's beginning and answers with whatever it is told; a real socket."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[bytes] = []
        self.done = threading.Event()
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/hook"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            self.asked.append(client.recv(65536))
            self._answer(client)

    def close(self) -> None:
        self.done.set()
        self._listening.close()


def _says(content: bytes) -> Answer:
    return lambda client: client.sendall(content)


def _hangs(client: socket.socket) -> None:
    client.recv(1)  # nothing comes: until the other side gives up
    client.recv(1)


def _endless_headers(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        client.sendall(b"X-More: and more\r\n")


def _endless_line(client: socket.socket) -> None:
    while True:
        client.sendall(b"HTTP/1.1 200 " * 1000)


def _trickles(client: socket.socket) -> None:
    """A byte now and then: each wait is short, all together have no end."""
    client.settimeout(0.02)
    while True:
        client.sendall(b"H")
        with suppress(TimeoutError):
            if not client.recv(65536):
                return


BAD: dict[str, Answer] = {
    "garbage": _says(b"\x00\xff\x1b[2Jno http at all\r\n\r\n"),
    "another protocol": _says(b"220 mail.example ESMTP\r\n"),
    "an empty answer": lambda client: None,
    "half a status line": _says(b"HTTP/1.1 2"),
    "a wrong status": _says(b"HTTP/1.1 abc OK\r\n\r\n"),
    "wrong header": _says(b"HTTP/1.1 500 no\r\n\x00: \xff\r\n\r\n"),
    "hanging": _hangs,
    "endless headers": _endless_headers,
    "an endless line": _endless_line,
    "trickling": _trickles,
}


@pytest.fixture
def raw() -> Iterator[Callable[[Answer], Raw]]:
    made: list[Raw] = []

    def make(answer: Answer) -> Raw:
        made.append(Raw(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BURNISH_WEBHOOK_ALLOW", "127.0.0.1")
    monkeypatch.setattr(delivery, "TRIES", (0.0, 0.01))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_receiver_is_survived_and_the_healthy_one_beside_it_gets_every_event(
    name: str, raw: Callable[[Answer], Raw], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = raw(BAD[name]), raw(_says(b"HTTP/1.1 204 No Content\r\n\r\n"))
    monkeypatch.setenv("BURNISH_WEBHOOK_URL", f"{bad.url}/SECRET-PATH-0123456789,{good.url}")
    monkeypatch.setenv("BURNISH_WEBHOOK_TIMEOUT", "0.3")
    for version in ("1", "2"):
        event = PromotionDecided(model="m", version=version, promoted=True, champion=version, reason="better")
        assert installed().notify("on_promotion_decided", event) == []
    assert flush(60)
    assert len(good.asked) == 2
    assert len(bad.asked) == 4
    assert caplog.text.count("does not accept an event") == 2
    assert "SECRET-PATH" not in caplog.text
    assert "\x1b" not in caplog.text


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_whatever_bytes_come_back_end_as_a_status_or_an_error_that_is_foreseen(content: bytes) -> None:
    import http.client

    server = Raw(_says(content))
    try:
        status = post(server.url, b"{}", {}, timeout=2, allowed=frozenset({"127.0.0.1"}))
        assert 100 <= status <= 999
    except (OSError, ValueError, http.client.HTTPException):
        pass
    finally:
        server.close()


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]",
        "2130706433", "0x7f000001", "127.1", "localhost",
    ],
)  # fmt: skip
def test_what_leads_inside_is_refused_unless_it_is_allowed_by_its_name(host: str) -> None:
    target = urlsplit(f"http://{host}:9/x")
    with pytest.raises(ForbiddenError, match="BURNISH_WEBHOOK_ALLOW"):
        checked(target, frozenset())
    assert checked(target, frozenset({host.strip("[]")}))


def _resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let the system's resolver give these addresses, one list a question; the names that were asked for."""
    asked: list[str] = []
    left = list(answers)

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in found]

    monkeypatch.setattr("burnish_webhook.posting.socket.getaddrinfo", resolve)
    return asked


def test_a_name_with_one_address_inside_is_refused_though_its_others_are_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolving(monkeypatch, ["93.184.216.34", "169.254.169.254"])
    with pytest.raises(ForbiddenError, match=r"evil.example is 169.254.169.254"):
        post("http://evil.example/x", b"", {}, timeout=1, allowed=frozenset())


def test_a_name_that_means_something_else_a_moment_later_is_asked_only_once(
    raw: Callable[[Answer], Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = raw(_says(b"HTTP/1.1 204 No Content\r\n\r\n"))
    port = urlsplit(server.url).port
    asked = _resolving(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    monkeypatch.setattr(posting, "_public", lambda text: text == "127.0.0.1")
    assert post(f"http://a.example:{port}/x?y=1", b"{}", {}, timeout=5, allowed=frozenset()) == 204
    assert asked == ["a.example"]
    head = server.asked[0].split(b"\r\n")
    assert head[0] == b"POST /x?y=1 HTTP/1.1"
    assert f"Host: a.example:{port}".encode() in head


def _connecting(monkeypatch: pytest.MonkeyPatch, connect: Callable[[socket.socket, Any], None]) -> None:
    class Patched(socket.socket):
        def connect(self, place: Any) -> None:
            connect(self, place)

    monkeypatch.setattr("burnish_webhook.posting.socket.socket", Patched)


def test_all_addresses_that_do_not_answer_share_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def waits(one: socket.socket, place: Any) -> None:
        given.append(one.gettimeout() or 0.0)
        time.sleep(min(0.1, given[-1]))
        raise TimeoutError

    _resolving(monkeypatch, ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"])
    _connecting(monkeypatch, waits)
    with pytest.raises(TimeoutError, match=r"a\.example takes longer than 0\.25 s"):
        post("http://a.example/x", b"", {}, timeout=0.25, allowed=frozenset({"a.example"}))
    assert given == sorted(given, reverse=True)
    assert 2 <= len(given) <= 3
    assert given[-1] < 0.2


def test_a_connection_that_opens_after_the_time_is_not_used(
    raw: Callable[[Answer], Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, plain = raw(_trickles), socket.socket.connect

    def late(one: socket.socket, place: Any) -> None:
        time.sleep(0.3)
        plain(one, place)

    _connecting(monkeypatch, late)
    with pytest.raises(TimeoutError):
        post(server.url, b"{}", {}, timeout=0.2, allowed=frozenset({"127.0.0.1"}))


def test_a_handshake_that_drips_ends_with_the_time(raw: Callable[[Answer], Raw]) -> None:
    def drips(client: socket.socket) -> None:
        client.sendall(b"\x16\x03\x03\x40\x00")  # the head of a long record
        _trickles(client)

    begun = time.monotonic()
    with pytest.raises(OSError):
        post(raw(drips).url.replace("http:", "https:"), b"", {}, timeout=0.3, allowed=frozenset({"127.0.0.1"}))
    assert 0.25 < time.monotonic() - begun < 3


def test_a_redirect_inside_is_not_followed(raw: Callable[[Answer], Raw]) -> None:
    inside = raw(_says(b"HTTP/1.1 200 OK\r\n\r\n"))
    sends_on = raw(_says(f"HTTP/1.1 307 Elsewhere\r\nLocation: {inside.url}\r\n\r\n".encode()))
    assert post(sends_on.url, b"{}", {}, timeout=5, allowed=frozenset({"127.0.0.1"})) == 307
    assert inside.asked == []


def test_user_and_password_of_an_address_go_into_the_header_and_not_into_the_path(raw: Callable[[Answer], Raw]) -> None:
    server = raw(_says(b"HTTP/1.1 204 No Content\r\n\r\n"))
    address = server.url.replace("http://", "http://u:p%40ss@")
    assert post(address, b"{}", {}, timeout=5, allowed=frozenset({"127.0.0.1"})) == 204
    assert b"Authorization: Basic dTpwQHNz" in server.asked[0]
    assert b"u:p" not in server.asked[0]


def test_a_proxy_is_asked_with_its_login_and_the_targets_whole_address(
    raw: Callable[[Answer], Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = raw(_says(b"HTTP/1.1 204 No Content\r\n\r\n"))
    place = urlsplit(proxy.url).netloc
    monkeypatch.setenv("http_proxy", f"http://me:secret@{place}")
    monkeypatch.setenv("no_proxy", "")
    assert post("http://93.184.216.34/hook", b"{}", {}, timeout=5, allowed=frozenset()) == 204
    assert proxy.asked[0].startswith(b"POST http://93.184.216.34/hook HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0" in proxy.asked[0]
    assert proxy.asked[0].count(b"Host:") == 1
    with pytest.raises(ForbiddenError):
        post("http://169.254.169.254/hook", b"{}", {}, timeout=5, allowed=frozenset())
