"""The files of deploy/: pinned to the version, users of their own, ports at the loopback."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "docker-compose.yaml").read_text())
INSTRUCTIONS = [
    line.split(maxsplit=1)
    for line in (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    if line.strip() and not line.startswith("#")
]
EXACT = re.compile(
    r".+:RELEASE\.\d{4}-\d\d-\d\dT\S+Z|postgres:\d+\.\d+(-.+)?|.+:\d+\.\d+\.\d+(-.+)?|.+@sha256:[0-9a-f]{64}"
)
"""A tag that says release or version to the last place that its project has, or a digest."""


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_the_image_of_every_service_is_pinned_to_the_version(name: str) -> None:
    assert EXACT.fullmatch(COMPOSE["services"][name]["image"])


def test_the_container_is_built_from_a_pinned_image_and_runs_as_a_user_of_its_own() -> None:
    told = {word: [rest for found, rest in INSTRUCTIONS if found == word] for word, _ in INSTRUCTIONS}
    assert all(EXACT.fullmatch(image) for image in told["FROM"])
    (user,) = told["USER"]
    assert int(user.partition(":")[0]) > 0
    words = [word for word, _ in INSTRUCTIONS]
    assert words.index("USER") > max(at for at, word in enumerate(words) if word in ("RUN", "COPY"))
    (work,) = [rest for word, rest in INSTRUCTIONS[words.index("USER") :] if word == "WORKDIR"]
    assert f"useradd --uid {user.partition(':')[0]}" in told["RUN"][-1]
    assert f"install -d -o burnish -g burnish {work}" in told["RUN"][-1], "a new volume takes over who owns its place"


def test_all_that_the_container_installs_is_pinned() -> None:
    pinned = {
        line.partition("==")[0].lower()
        for file in (ROOT / "constraints.txt", DEPLOY / "requirements.txt")
        for line in file.read_text().splitlines()
        if "==" in line and not line.startswith("#")
    }
    installs = [line for word, line in INSTRUCTIONS if word == "RUN" and "pip install" in line]
    assert len(installs) == 2
    for line in installs:
        words = line.partition("pip install")[2].split()
        assert words[words.index("-c") + 1] == "constraints.txt"
        values = {words[at + 1] for at, word in enumerate(words) if word in ("-c", "-r", "--extra-index-url")}
        names = [word for word in words if not word.startswith(("-", "./")) and word not in values]
        assert {name.lower() for name in names} <= pinned
    required = [line for line in (DEPLOY / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line for line in required)


def test_no_two_pins_contradict_each_other() -> None:
    pins = [
        line.lower().partition("==")[::2]
        for file in (ROOT / "constraints.txt", DEPLOY / "requirements.txt")
        for line in file.read_text().splitlines()
        if "==" in line and not line.startswith("#")
    ]
    assert len(dict(pins)) == len(set(pins))


def test_every_port_is_published_at_the_loopback_alone_and_burnish_has_no_capabilities() -> None:
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        if service["image"].startswith("burnish"):
            assert service["cap_drop"] == ["ALL"], name
            assert "no-new-privileges:true" in service["security_opt"], name


def test_the_rate_of_an_account_is_counted_at_each_address_so_that_no_stranger_locks_it_out() -> None:
    zones = re.findall(r"limit_req_zone (\S+) zone=(\w+)", (DEPLOY / "nginx.conf").read_text())
    assert {name: key for key, name in zones} == {
        "addresses": "$binary_remote_addr",
        "accounts": "$remote_user$binary_remote_addr",
    }
