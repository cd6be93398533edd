"""One setting says who does the work; what it cannot mean is refused in one line with the mend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from burnish.errors import DataError, UsageError
from burnish_flows import runners
from burnish_flows.runners import Runner, configured, each


class Returned:
    """A finished task's state."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def result(self, raise_on_failure: bool) -> Any:
        assert not raise_on_failure
        return self._value


def halved(number: int, *, return_state: bool) -> Returned:
    return Returned(DataError(f"{number} is odd") if number % 2 else number // 2)


@pytest.mark.parametrize(
    ("setting", "kind", "workers", "address"),
    [
        ("threads", "threads", 1, ""),
        ("threads:4", "threads", 4, ""),
        ("processes:2", "processes", 2, ""),
        ("dask:3", "dask", 3, ""),
        ("dask:tcp://127.0.0.1:8786", "dask", 0, "tcp://127.0.0.1:8786"),
    ],
)
def test_a_setting_names_the_kind_and_the_workers_or_an_address(
    setting: str, kind: str, workers: int, address: str
) -> None:
    read = configured(setting)
    assert (read.kind, read.workers, read.address) == (kind, workers, address)
    assert configured(str(read)) == read


def test_without_a_setting_the_environment_decides_and_without_that_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(runners.VARIABLE, raising=False)
    assert configured().serial
    monkeypatch.setenv(runners.VARIABLE, "processes:3")
    assert configured() == Runner(kind="processes", workers=3)
    assert configured("threads:2") == Runner(kind="threads", workers=2)


def test_without_a_number_there_are_as_many_workers_as_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "cores", lambda: 7)
    assert [configured(kind).workers for kind in ("processes", "dask")] == [7, 7]


@pytest.mark.parametrize("setting", ["spark", "threads:", "threads:0", "threads:many", "processes:tcp://h:1", "dask:0"])
def test_what_is_no_runner_is_refused_with_the_forms_that_are(setting: str) -> None:
    with pytest.raises(UsageError, match=r"threads\[:N\]"):
        configured(setting)


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=rf"pip install 'burnish-flows\[{kind}\]'"):
        configured(f"{kind}:2")


def test_workers_of_other_hosts_ask_for_a_prefect_server_that_they_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with pytest.raises(UsageError, match="set PREFECT_API_URL"):
        configured("dask:tcp://cluster.example:8786")
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example:4200/api")
    assert configured("dask:tcp://cluster.example:8786").address == "tcp://cluster.example:8786"


def test_a_serial_runner_calls_in_order_and_draws_a_call_only_when_the_last_has_come_back() -> None:
    told: list[str] = []

    def calls() -> Iterator[tuple[int]]:
        for number in (4, 5, 6):
            told.append(f"ask {number}")
            yield (number,)

    for landed in each(halved, calls(), Runner(kind="threads", workers=1)):  # type: ignore[arg-type]
        told.append(f"{landed.index}: {landed.error or landed.value}")
        assert not landed.died
    assert told == ["ask 4", "0: 2", "ask 5", "1: 5 is odd", "ask 6", "2: 3"]
