"""A run's process is gone exactly when it was of this host and lives no more."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from burnish_flows.locks import owner

SAY = "from burnish_flows.locks import owner; print(owner.me(), flush=True)"


def test_a_process_that_lives_is_not_gone_and_one_that_ended_is() -> None:
    code = f"{SAY}\ninput()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert not owner.gone(said)
    process.kill()
    process.communicate()
    assert owner.gone(said)


def test_another_process_with_the_same_number_is_another_one() -> None:
    said = json.loads(owner.me())
    assert not owner.gone(json.dumps(said))
    assert owner.gone(json.dumps({**said, "began": said["began"] - 1}))


@pytest.mark.parametrize(
    "said", [None, "", "no JSON", "[]", "{}", '{"host": "other", "pid": 1, "began": 1.0}', '{"host": 1, "pid": "x"}']
)
def test_of_other_hosts_and_of_what_cannot_be_read_nothing_is_known(said: str | None) -> None:
    assert not owner.gone(said)
