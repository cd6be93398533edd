"""Whatever a plugin does while it is loaded, the process goes on, and the plugin is named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from burnish.plugins.discovery import Candidate
from burnish.plugins.guard.importing import FRAMEWORKS
from burnish.plugins.host import Host, PluginState

Install = Callable[..., Candidate]
GOOD = """
    from burnish import RestorerSpec, hookimpl

    @hookimpl
    def register_restorers():
        yield RestorerSpec(name="median", factory="x.y:Z", summary="Takes the median")
"""
IN_A_HOOK = "from burnish import hookimpl\n@hookimpl\ndef register_gates():\n    "


def load(install: Install, code: str) -> PluginState:
    """The state of a plugin with that code; one beside it works."""
    host = Host([install("burnish-bad", code), install("burnish-good", GOOD)])
    bad, good = host.plugins
    assert (good.state, len(host.entries)) == ("loaded", 1)
    return bad


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit('gone')", "GeneratorExit: gone"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("class Own(BaseException): pass\nraise Own('way')", "Own: way"),
        ("import os\nos._exit(7)", "calls os._exit(7) while it is loaded"),
        ("from os import _exit\n_exit(7)", "calls os._exit(7) while it is loaded"),
        ("class Bad(Exception):\n    def __str__(self): return 1 / 0\nraise Bad", "Bad"),
        ("raise ValueError('x' * 100_000)", "x…"),
        ("def f(): f()\nf()", "RecursionError"),
        ("import sys\ndel sys.modules[__name__]", "KeyError"),
        (IN_A_HOOK + "raise KeyboardInterrupt", "KeyboardInterrupt"),
        (IN_A_HOOK + "import os; os._exit(3)", "calls os._exit(3)"),
        (IN_A_HOOK + "import itertools; return itertools.repeat(1)", "yields int instead of GateSpec"),
    ],
    ids=lambda value: " ".join(str(value).split())[-40:],
)
def test_what_ends_others_only_breaks_this_one(install: Install, code: str, words: str) -> None:
    bad = load(install, code)
    assert bad.state == "broken"
    assert words in bad.reason
    assert len(bad.reason) < 1000


def test_declarations_without_end_are_refused(install: Install) -> None:
    code = """
        import itertools
        from burnish import GateSpec, hookimpl

        @hookimpl
        def register_gates():
            return (GateSpec(name=f"g{i}", factory="a:b", summary="s") for i in itertools.count())
    """
    assert "declares more than 1000 gates" in load(install, textwrap.dedent(code)).reason


def test_the_process_is_afterwards_as_before(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder, leave = list(sys.path), Path.cwd(), os._exit
    handler = signal.getsignal(signal.SIGTERM)
    bad = load(
        install,
        "import os, signal, sys\nos.chdir('/')\nsys.path.clear()\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('hello')\nsys.stdout.close()\nsys.stderr.close()\nsys.stdout = sys.stderr = sys.stdin = None",
    )
    assert bad.state == "loaded"
    assert (sys.path, Path.cwd(), os._exit, signal.getsignal(signal.SIGTERM)) == (path, folder, leave, handler)
    print("still here")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("still here\n", "hello\n")


def test_a_child_that_a_plugin_forks_leaves_as_ever(install: Install) -> None:
    code = "import os\nchild = os.fork()\nif not child:\n    os._exit(5)\nstatus = os.waitpid(child, 0)[1]"
    assert load(install, code).state == "loaded"
    assert os.waitstatus_to_exitcode(sys.modules["burnish_bad.plugin"].status) == 5


def test_ctrl_c_while_a_plugin_is_loaded_stops_and_names_it(install: Install, site: Path) -> None:
    install("burnish-waiting", "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(20)")
    done = run(site, "plugins")
    assert done.returncode == 130
    assert done.stderr == "burnish: interrupted while the plugin burnish-waiting:burnish_waiting was loaded\n"
    code = "from burnish.plugins.host import installed\ntry: installed()\nexcept KeyboardInterrupt: print('mine')"
    assert run(site, code=code).stdout == "mine\n"


def test_a_slow_plugin_is_named_with_its_time(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("burnish.plugins.guard.importing.SLOW", 0.2)
    slow = Host([install("burnish-slow", "import time\ntime.sleep(0.25)")]).plugins[0]
    assert slow.state == "loaded"
    assert 0.25 <= slow.seconds < 20
    assert slow.remark() == f"takes {slow.seconds:.2f} s to load"


def test_a_plugin_that_imports_a_framework_is_named_in_plugins_and_doctor(install: Install, site: Path) -> None:
    install("burnish-heavy", "import numpy")
    table = run(site, "plugins").stdout
    assert "s to load, imports numpy" in next(line for line in table.splitlines() if "burnish-heavy" in line)
    doctor = run(site, "doctor").stdout
    assert "note plugin burnish-heavy: takes" in doctor
    assert "numpy" in FRAMEWORKS


def run(site: Path, *words: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """``burnish`` with these words, where only the plugins in the folder and the host's own are allowed."""
    names = ",".join(path.name.partition("-")[0].replace("_", "-") for path in site.glob("*.dist-info"))
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(site), *sys.path]),
        "BURNISH_ALLOW": names,
        "XDG_CACHE_HOME": str(site.parent / "cache"),
    }
    code = code or f"from burnish.cli.main import main; import sys; sys.argv[1:] = {list(words)!r}; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
