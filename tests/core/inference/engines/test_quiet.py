"""An exporter's own words are dropped; those of other threads are not."""

from __future__ import annotations

import logging
import sys
import threading
import warnings

import pytest
from burnish.inference.engines.quiet import quietly


def _talk(who: str) -> None:
    print(f"{who} prints")
    print(f"{who} complains", file=sys.stderr)
    logging.getLogger("torch.onnx").warning("%s logs", who)


def test_one_thread_is_quiet_while_another_is_heard(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with quietly():
        _talk("exporter")
        warnings.warn("exporter warns", stacklevel=1)
        other = threading.Thread(target=_talk, args=("server",))
        other.start()
        other.join()
    assert capsys.readouterr()[:1] == ("server prints\n",)
    assert [record.getMessage() for record in caplog.records] == ["server logs"]
    _talk("exporter")
    assert capsys.readouterr() == ("exporter prints\n", "exporter complains\n")
    assert caplog.records[-1].getMessage() == "exporter logs"


def test_errors_are_heard_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    with quietly():
        logging.getLogger("torch.onnx").error("it broke")
    assert [record.getMessage() for record in caplog.records] == ["it broke"]


def test_the_streams_are_as_they_were_after_two_threads_were_quiet_at_a_time() -> None:
    before, inside, leave = (sys.stdout, sys.stderr), threading.Event(), threading.Event()

    def first() -> None:
        with quietly():
            inside.set()
            assert leave.wait(30)

    def second() -> None:
        with quietly():
            pass

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(30)
    threads[1].start()
    leave.set()
    for thread in threads:
        thread.join()
    assert (sys.stdout, sys.stderr) == before
