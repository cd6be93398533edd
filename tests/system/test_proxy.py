"""The proxy of deploy/nginx.conf, run as it is but for its places, in front of a real server."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from served import picture, served
from workshop import end, free_ports, until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
OPENSSL = shutil.which("openssl")
CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.system,
    pytest.mark.skipif(not NGINX or not OPENSSL, reason="nginx or openssl is not installed"),
]


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def _configuration(folder: Path, behind: int, plain: int, secret: int) -> Path:
    """The file with other places."""
    _run(
        str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"),
    )  # fmt: skip
    (folder / "accounts").write_text(f"anna:{_run(str(OPENSSL), 'passwd', '-apr1', 'secret')}\n")
    places = {
        "user www-data;": "user root;" if _is_root() else "",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/var/log/nginx/": f"{folder}/",
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{secret} ssl;",
        "/etc/nginx/tls/fullchain.pem": f"{folder}/cert.pem",
        "/etc/nginx/tls/privkey.pem": f"{folder}/key.pem",
        "/etc/nginx/accounts": f"{folder}/accounts",
    }
    text = CONFIGURATION.read_text()
    for place, other in places.items():
        assert place in text
        text = text.replace(place, other)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def _is_root() -> bool:
    return _run("id", "-u") == "0"


@contextmanager
def _proxy(folder: Path, behind: int) -> Iterator[tuple[int, int]]:
    plain, secret = free_ports(2)
    path = _configuration(folder, behind, plain, secret)
    process = subprocess.Popen(
        [str(NGINX), "-p", str(folder), "-c", str(path), "-e", str(folder / "error.log"), "-g", "daemon off;"],
        start_new_session=True,
    )
    try:
        until(lambda: process.poll() is None and _listens(secret))
        yield plain, secret
    finally:
        end(process)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Client:
    """Asks over TLS, with the proxy's certificate as the only one that is trusted."""

    def __init__(self, folder: Path, port: int) -> None:
        self.context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        self.address = f"https://localhost:{port}"

    def ask(self, path: str, body: bytes | None = None, account: str = "") -> tuple[int, bytes]:
        """Status and content."""
        request = urllib.request.Request(self.address + path, body)
        if account:
            request.add_header("Authorization", f"Basic {base64.b64encode(account.encode()).decode()}")
        try:
            with urllib.request.urlopen(request, timeout=120, context=self.context) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def test_the_proxy_asks_for_accounts_speaks_tls_alone_hides_metrics_and_limits_rates(tmp_path: Path) -> None:
    with served(tmp_path) as (_, behind), _proxy(tmp_path, behind) as (plain, secret):
        client, anna = _Client(tmp_path, secret), "anna:secret"
        status, content = client.ask("/restore", picture(), anna)
        assert (status, content[:8]) == (200, b"\x89PNG\r\n\x1a\n")
        assert client.ask("/restore", picture())[0] == 401
        assert client.ask("/restore", picture(), "anna:guess")[0] == 401
        assert client.ask("/ready")[0] == 200, "for whoever watches"
        assert client.ask("/docs", account=anna)[0] == 200
        assert client.ask("/metrics", account=anna)[0] == 404
        assert client.ask("/restore", b"no picture", anna)[0] == 415, "the server's own answers pass"
        with pytest.raises(urllib.error.HTTPError) as moved:
            urllib.request.build_opener(_Stay).open(f"http://127.0.0.1:{plain}/restore", timeout=60)
        assert moved.value.code == 301
        assert moved.value.headers["Location"].startswith("https://")
        with ThreadPoolExecutor(8) as clients:
            found = list(clients.map(lambda _: client.ask("/restore", b"no picture", anna)[0], range(200)))
        assert set(found) == {415, 429}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def test_a_body_that_trickles_stays_with_the_proxy(tmp_path: Path) -> None:
    with served(tmp_path) as (_, behind), _proxy(tmp_path, behind) as (_, secret):
        client = _Client(tmp_path, secret)
        raw = socket.create_connection(("127.0.0.1", secret))
        slow = client.context.wrap_socket(raw, server_hostname="localhost")
        account = base64.b64encode(b"anna:secret").decode()
        head = f"POST /restore HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {account}\r\n"
        slow.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode() + picture()[:200])
        assert client.ask("/restore", picture(), "anna:secret")[0] == 200
        with urllib.request.urlopen(f"http://127.0.0.1:{behind}/metrics", timeout=60) as answer:
            assert "burnish_uploads 0.0" in answer.read().decode()
        slow.close()
