"""``burnish batch`` says when its workers would compete for the cores, and how to be faster."""

from __future__ import annotations

import pytest
from burnish_flows import runners
from burnish_flows.cli import batch
from burnish_flows.runners import Runner


@pytest.mark.parametrize(
    ("workers", "threads", "address", "said"),
    [
        (4, 3, "", "4 workers with 3 threads each share 4 cores; --threads 1 is faster"),
        (2, 4, "", "2 workers with 4 threads each share 4 cores; --threads 2 is faster"),
        (2, 2, "", ""),
        (1, 8, "", ""),
        (8, 8, "tcp://elsewhere:8786", ""),
    ],
)
def test_more_threads_than_cores_are_named_with_the_faster_number(
    monkeypatch: pytest.MonkeyPatch, workers: int, threads: int, address: str, said: str
) -> None:
    monkeypatch.setattr(runners, "cores", lambda: 4)
    advice = batch._crowded(Runner(kind="processes", workers=workers, address=address), threads)
    assert advice.startswith(said)
    assert bool(advice) == bool(said)
