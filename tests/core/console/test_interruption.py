"""However a command is interrupted: one line, the status that a shell expects, and nothing waited for in vain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, NoReturn

import pytest
from burnish.cli import main as cli
from burnish.console import interruption, progress

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture(autouse=True)
def _heard() -> Any:
    """A shell's background jobs ignore Ctrl-C; here it is heard."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def command(monkeypatch: pytest.MonkeyPatch, work: Any) -> None:
    monkeypatch.setattr(cli, "_dispatch", lambda words: work())


@pytest.mark.parametrize("number", STATUS)
def test_a_signal_ends_the_command_with_one_line_and_its_status(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    command(monkeypatch, lambda: os.kill(os.getpid(), number))
    assert cli.main(["restore"]) == STATUS[number]
    assert capsys.readouterr() == ("", "burnish: interrupted\n")
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("error", [ImportError("numpy"), RuntimeError("dead"), SystemExit(1), BrokenPipeError()])
def test_whatever_a_library_makes_of_it_it_is_an_interruption(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> NoReturn:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            interruption.tell(" at picture 3; the same command goes on from there")
            interruption.tell(" in vain")
        raise error

    command(monkeypatch, work)
    assert cli.main(["restore"]) == 130
    assert capsys.readouterr().err == "burnish: interrupted at picture 3; the same command goes on from there\n"


def test_a_command_that_is_ended_by_ctrl_c_as_it_should_has_done_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            return 0
        return 1

    command(monkeypatch, work)
    assert cli.main(["up"]) == 0


def test_what_nohup_ignores_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        command(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGHUP) or 0)
        assert cli.main(["train"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_loop_in_another_thread_ends_at_its_next_item(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    going, ended = threading.Event(), threading.Event()

    def loop() -> None:
        try:
            for number in progress.track(range(10**9), description="d"):
                seen.append(number)
                going.set()
        except KeyboardInterrupt:
            ended.set()

    def work() -> None:
        threading.Thread(target=loop, daemon=True).start()
        assert going.wait(60)
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            assert ended.wait(60)

    command(monkeypatch, work)
    assert cli.main(["evaluate"]) == 143
    assert interruption.number() == 0, "what comes later is not interrupted"


PROGRAM = """
import os, signal, sys, threading, time
from burnish.cli import main as cli
from burnish.console import interruption
def work(words):
    threading.Thread(target=time.sleep, args=(600,)).start()  # at its end Python would wait for it
    {work}
cli._dispatch = work
sys.argv[1:] = ["train"]
print("begun", flush=True)
sys.exit(cli.main())
"""
STUBBORN = """
    try:
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        print("first", flush=True)
        time.sleep(600)
"""


def started(work: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=work)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_no_thread_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    process = started("os.kill(os.getpid(), signal.SIGTERM)")
    _, error = process.communicate(timeout=300)
    assert (process.returncode, error) == (143, "burnish: interrupted\n")


def test_a_second_signal_leaves_at_once_whatever_the_first_one_waits_for() -> None:
    process = started(STUBBORN.strip("\n").replace("    try", "try", 1))
    assert process.stdout is not None
    while process.stdout.readline().strip() != "first":
        assert process.poll() is None
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
    assert process.returncode == 130
    assert process.stderr is not None
    assert process.stderr.read() == "burnish: interrupted\n"
    process.stdout.close()


def test_one_that_does_not_end_in_order_is_ended() -> None:
    process = started("interruption.PATIENCE = 0.1\n" + STUBBORN.strip("\n"))
    _, error = process.communicate(timeout=300)
    assert (process.returncode, error) == (130, "burnish: interrupted\n")


def test_where_nobody_reads_standard_error_any_more_it_ends_as_with_a_closed_terminal() -> None:
    lines = "import logging\n    while True: logging.getLogger('burnish').info('step'); time.sleep(0.01)"
    process = started(lines)
    assert process.stderr is not None
    assert "step" in process.stderr.readline()
    process.stderr.close()
    assert process.wait(300) == 129
    assert process.stdout is not None
    process.stdout.close()
