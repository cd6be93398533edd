"""One POST to one checked address: within a time limit, through a proxy if one is set, without redirects.

The host's name is resolved once; every address that it has is checked, and the connection goes to one of those, not to
what the name may mean a moment later (DNS rebinding).
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import math
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlsplit

NAT64 = ipaddress.ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}

Resolved = tuple[socket.AddressFamily, str]
"""Family and address of an interface."""


class ForbiddenError(OSError):
    """The host is not on the public internet, and not explicitly allowed."""


def post(address: str, body: bytes, headers: Mapping[str, str], *, timeout: float, allowed: frozenset[str]) -> int:
    """Post, and return the status of the answer; its body is not read, and redirects are not followed.

    Args:
        address: http:// or https://, perhaps with user and password.
        body: What is sent.
        headers: In addition to Host and Content-Length.
        timeout: Seconds for all of it; only the system's resolver ends by its own time.
        allowed: Hosts that may be private, link-local or this machine.

    Raises:
        ForbiddenError: The host leads inside, and is not allowed to.
        OSError, http.client.HTTPException, ValueError: It does not work out.
    """
    end = time.monotonic() + timeout
    target = urlsplit(address)
    proxy = _proxy(target)
    reached = checked(target, allowed, through_proxy=proxy is not None)
    via = proxy or target
    connection = _Connection(via.hostname or "", _port(via), timeout=timeout)
    connection.known = _resolve(via) if proxy else reached
    connection.end = end
    clock = threading.Timer(connection.left(), connection.abort)
    clock.daemon = True
    clock.start()
    try:
        path = _prepare(connection, target, proxy)
        connection.request(
            "POST", path, body, {**headers, **_basic_auth(target, "Authorization"), **_proxy_headers(target, proxy)}
        )
        answer = connection.getresponse()
        return answer.status
    finally:
        clock.cancel()
        connection.close()


def checked(target: SplitResult, allowed: frozenset[str], *, through_proxy: bool = False) -> list[Resolved]:
    """The addresses of the host, all allowed; empty if only the proxy can resolve the name.

    Raises:
        ForbiddenError: One of them is not public, and the host is not allowed.
    """
    host = (target.hostname or "").lower()
    try:
        found = _resolve(target)
    except OSError:
        if through_proxy:
            return []
        raise
    for _, text in found:
        if host not in allowed and not _public(text):
            raise ForbiddenError(
                f"{host} is {text}, which is not on the public internet; to allow it, "
                f"name {host} in BURNISH_WEBHOOK_ALLOW"
            )
    return found


class _Connection(http.client.HTTPConnection):
    """A connection to known addresses, with one time limit for everything."""

    known: list[Resolved]
    end: float
    """When the time limit is reached, by the monotonic clock."""
    context: ssl.SSLContext | None = None
    server_name = ""

    def connect(self) -> None:
        self.sock = self._opened()
        self.left()  # abort() may have come before the socket
        if self._tunnel_host:  # type: ignore[attr-defined]
            self._tunnel()  # type: ignore[attr-defined]
        if self.context is not None:
            wrapped = self.context.wrap_socket(
                self.sock, server_hostname=self.server_name, do_handshake_on_connect=False
            )
            self.sock = wrapped
            self.left()
            wrapped.do_handshake()

    def left(self) -> float:
        """The remaining seconds.

        Raises:
            TimeoutError: None.
        """
        seconds = self.end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError(f"{self.host} takes longer than {self.timeout:g} s")
        return seconds

    def abort(self) -> None:
        """End the connection at the time limit: whoever waits for the other side gets an error."""
        self.end = -math.inf
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # not TLS's shutdown: it breaks handshakes

    def _opened(self) -> socket.socket:
        failure: OSError = OSError(f"{self.host} has no address")
        for family, text in self.known:
            left = self.left()
            opened = socket.socket(family, socket.SOCK_STREAM)
            try:
                opened.settimeout(left)
                opened.connect((text, self.port))
                return opened
            except OSError as error:
                opened.close()
                failure = error
        raise failure


def _prepare(connection: _Connection, target: SplitResult, proxy: SplitResult | None) -> str:
    """Set up TLS and the proxy; returns the target for the request line."""
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    if target.scheme == "https":
        connection.context = ssl.create_default_context()
        connection.server_name = target.hostname or ""
        if proxy is not None:
            connection.set_tunnel(target.hostname or "", _port(target), _basic_auth(proxy, "Proxy-Authorization"))
        return path
    return f"http://{_host_and_port(target)}{path}" if proxy is not None else path


def _proxy_headers(target: SplitResult, proxy: SplitResult | None) -> dict[str, str]:
    host = {"Host": _host_and_port(target)}
    return {**host, **_basic_auth(proxy, "Proxy-Authorization")} if proxy and target.scheme == "http" else host


def _basic_auth(parts: SplitResult, header: str) -> dict[str, str]:
    if parts.username is None:
        return {}
    said = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {header: "Basic " + base64.b64encode(said.encode()).decode()}


def _host_and_port(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS.get(parts.scheme, 80)


def _proxy(target: SplitResult) -> SplitResult | None:
    """The proxy in HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
    found = urllib.request.getproxies().get(target.scheme, "")
    if not found or urllib.request.proxy_bypass(target.hostname or ""):
        return None
    return urlsplit(found if "://" in found else f"http://{found}")


def _resolve(parts: SplitResult) -> list[Resolved]:
    found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, str(place[0])) for family, _, _, _, place in found))


def _public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    inner: list[ipaddress.IPv4Address | None] = []
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour]
        if address in NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    outward = address.is_global and not address.is_multicast
    mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    return (outward or mapped) and all(one is None or (one.is_global and not one.is_multicast) for one in inner)
