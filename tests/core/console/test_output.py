"""What ``burnish`` prints: lines that control nothing and hold no secret, and with ``--json`` one strict JSON value."""

from __future__ import annotations

import ast
import io
import json
import logging
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import burnish
import pytest
from burnish.console import output
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(burnish.__file__).parents[2]


def _python(code: str, *words: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program whose command line is ``words``."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *words], env={**os.environ, **settings}, capture_output=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr or b"expected" in done.stderr, done.stderr.decode()
    return done


NOISY = """
    import ctypes, os, subprocess, sys
    from burnish.console import output
    with output.session(["x", "--json"], for_good=True):
        print("a plugin prints")
        sys.stdout.write("and writes\\n")
        os.write(1, b"a library of C writes\\n")
        ctypes.CDLL(None).puts(b"and puts")
        subprocess.run(["echo", "a child says"], check=True)
        output.answer({"figure": float("nan"), "text": "\\u202e\\x1b", "list": [float("inf"), 1.5]})
        print("a plugin prints at the end")
    print("and when the process ends")
    ctypes.CDLL(None).fflush(None)
"""


def test_with_json_standard_output_is_one_strict_json_value_whoever_writes_there() -> None:
    done = _python(NOISY)
    assert json.loads(done.stdout, parse_constant=pytest.fail) == {
        "figure": None, "text": "\u202e\x1b", "list": [None, 1.5],
    }  # fmt: skip
    assert done.stdout.isascii()
    for noise in ("a plugin prints", "and writes", "a library of C writes", "and puts", "a child says", "at the end"):
        assert noise in done.stderr.decode()


def test_a_plugins_command_that_prints_json_by_itself_is_understood_and_made_strict() -> None:
    code = """
        import json, sys
        from burnish.console import output
        with output.session(["x", "--json"]):
            print("noise")
            json.dump({"a": [1, float("nan")]}, sys.stdout, indent=2)
            print()
    """
    done = _python(code)
    assert json.loads(done.stdout, parse_constant=pytest.fail) == {"a": [1, None]}
    assert done.stderr == b"noise\n"


def test_what_looks_like_json_beside_the_answer_is_noise() -> None:
    code = """
        from burnish.console import output
        with output.session(["x", "--json"]):
            print('{"b": 1}')
            output.answer({"a": 1})
    """
    done = _python(code)
    assert json.loads(done.stdout) == {"a": 1}
    assert done.stderr == b'{"b": 1}\n'


def test_a_command_that_fails_leaves_standard_output_empty() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "burnish.cli.main", "show", "nobody/nothing", "--json"], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert len(done.stderr.splitlines()) == 1


def test_without_json_prints_stay_where_they_are_and_control_nothing() -> None:
    code = """
        import sys
        from burnish.console import output
        with output.session(["x"]):
            print("\\x1b[31mred\\x1b]0;t\\x07 \\u202e caf\\udce9")
            output.say(["one\\nline", "two"])
            output.tell("oh\\rno")
    """
    done = _python(code, LC_ALL="C.UTF-8")
    assert done.stdout.decode() == "\\x1b[31mred\\x1b]0;t\\x07 \\u202e caf\\xe9\none\\nline\ntwo\n"
    assert done.stderr.decode() == "oh\\rno\n"


def test_a_terminal_of_another_encoding_gets_what_it_can_show() -> None:
    done = _python(
        "from burnish.console import output\nwith output.session([]): output.say('5×5 …')", PYTHONIOENCODING="ascii"
    )
    assert done.stdout == b"5\\xd75 \\u2026\n"


def test_a_traceback_holds_no_secret() -> None:
    code = """
        from burnish.console import output
        with output.session([], for_good=True):
            try:
                raise OSError("expected: http://u:hunter22@host refuses")
            except OSError as error:
                raise ValueError("expected: hunter22 is wrong") from error
    """
    done = _python(code, MLFLOW_TRACKING_PASSWORD="hunter22")
    assert done.returncode == 1
    assert b"http://***@host refuses" in done.stderr
    assert b"hunter22" not in done.stderr.replace(b'"expected: hunter22', b"").replace(b"u:hunter22@", b"")


def test_logs_pass_the_guard(capsys: pytest.CaptureFixture[str]) -> None:
    with output.session([]):
        handler = logging.StreamHandler(sys.stderr)
        logging.getLogger("burnish.test").addHandler(handler)
        logging.getLogger("burnish.test").warning("http://u:pw@h \x1b[2J")
        logging.getLogger("burnish.test").removeHandler(handler)
    assert "http://***@h \\x1b[2J" in capsys.readouterr().err


def test_a_reader_who_has_gone_is_no_error() -> None:
    code = "from burnish.cli.main import main; import sys; sys.exit(main(['list', 'restorers', '--json']))"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_session_within_a_process_leaves_the_streams_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    with output.session(["--json"]):
        output.answer([1])
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr().out == "[\n  1\n]\n"


def test_a_bar_of_ours_may_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", seen)
    with output.session([]):
        output.terminal().write("\x1b[1A\x1b[2K50 %\r\x1b]0;t\x07")
    assert seen.getvalue() == "\x1b[1A\x1b[2K50 %\r\\x1b]0;t\\x07"


FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | FLOATS | st.text(st.characters(exclude_categories=[])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
        max_leaves=12,
    )
)
def test_every_answer_is_strict_json_in_ascii(value: object) -> None:
    said = io.StringIO()
    before, sys.stdout = sys.stdout, said
    try:
        output.answer(value)
    finally:
        sys.stdout = before
    assert said.getvalue().isascii()
    json.loads(said.getvalue(), parse_constant=pytest.fail)
    assert output.strict(math.inf) is None


@pytest.mark.parametrize("folder", ["core/burnish", "flows/burnish_flows", "plugins"])
def test_all_that_is_printed_goes_through_one_place(folder: str) -> None:
    """No ``print``, no ``sys.stdout.write``, no console of rich but on ``output.terminal()``."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        if path.name == "output.py" or {"tests", "templates", ".venv"} & set(path.relative_to(ROOT).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                bare = called == "Console" and not any(keyword.arg == "file" for keyword in node.keywords)
                if called in ("print", "sys.stdout.write", "sys.stderr.write") or bare:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {called}")
    assert found == []
