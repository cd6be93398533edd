"""A hundred installed plugins, of which twenty-five are broken in as many ways: others work, each bad one is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from burnish.plugins.discovery import Candidate

Install = Callable[..., Candidate]
HEAD = "import burnish\nfrom burnish import hookimpl\n"
HOOK = HEAD + "@hookimpl\ndef register_restorers():\n    "


def declaring(**fields: str) -> str:
    """The code of a plugin with one restorer; fields as they are written."""
    given = {"name": "'one'", "factory": "'x.y:Z'", "summary": "'Does something'", "tasks": "{'denoise'}"} | fields
    return f"{HOOK}yield burnish.RestorerSpec({', '.join(f'{key}={value}' for key, value in given.items())})\n"


BROKEN = {
    "tasks": (declaring(tasks="['denoise']"), "tasks=['denoise'] is of type list"),
    "scale": (declaring(scale="1"), "scale=1 is a whole number"),
    "default": (declaring(config="{'a': {'default': {1}}}"), "config['a']['default']={1}"),
    "field": (declaring(receptive_field="4"), "receptive_field=4 is even"),
    "license": (declaring(license="None"), "license=None"),
    "asks": (declaring(asks="'x'"), "asks='x' is a text"),
    "long": (declaring(summary="'s' * 5000"), "has 5000 characters"),
    "ansi": (declaring(summary=r"'\x1b[31mred'"), r"has the control character \x1b"),
    "schema": (declaring(config="{'a': {'type': 'integr'}}"), "config['a']['type']='integr'"),
    "missing": (HOOK + "yield burnish.RestorerSpec(name='one')", "must be given 'factory'"),
    "unknown": (declaring(nmae="'x'"), "has no field 'nmae'"),
    "other": (HOOK + "return [42]", "yields int"),
    "half": (declaring() + "    raise RuntimeError('half way')\n", "RuntimeError: half way"),
    "hook": (HEAD + "@hookimpl\ndef register_restorer():\n    return []", "did you mean register_restorers?"),
    "endless": (HOOK + "import itertools; return itertools.repeat(None)", "yields NoneType"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "generator": ("raise GeneratorExit", "GeneratorExit"),
    "exit": ("raise SystemExit(0)", "SystemExit"),
    "exit-now": ("import os\nos._exit(0)", "calls os._exit(0)"),
    "crash": ("import os\nos.abort()", "ends the interpreter while it is loaded (signal SIGABRT)"),
    "patch": ("import pluggy\npluggy.PluginManager.register = None", "changes pluggy._manager.PluginManager.register"),
    "syntax": ("def (", "SyntaxError"),
    "absent": ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
    "untold": ("class E(Exception):\n    def __str__(self): return 1 / 0\nraise E", "E"),
    "deep": ("def f(): f()\nf()", "RecursionError"),
}


@pytest.fixture
def burnish(install: Install, site: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``burnish`` in a process of its own, with the hundred installed."""
    for number in range(100 - len(BROKEN)):
        install(f"good-{number:02}", declaring(name=f"'restorer-{number:02}'"))
    for name, (code, _) in BROKEN.items():
        install(f"bad-{name}", code)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(site), *sys.path]),
        "XDG_CACHE_HOME": str(site.parent / "cache"),
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        code = f"import sys; sys.argv[1:] = {list(words)!r}; from burnish.cli.main import main; sys.exit(main())"
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
        )

    return run


def test_all_good_ones_work_and_every_bad_one_is_named(
    burnish: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    assert len(BROKEN) == 25
    assert burnish("plugins").returncode < 0  # the one that crashes the interpreter; named from now on
    told = burnish("plugins", "--json")
    assert (told.returncode, told.stderr) == (0, "")
    plugins = {plugin["distribution"]: plugin for plugin in json.loads(told.stdout)["plugins"]}
    for name, (_, words) in BROKEN.items():
        assert plugins[f"bad-{name}"]["state"] == "broken"
        assert words in plugins[f"bad-{name}"]["reason"]
    assert all(plugin["state"] == "loaded" for name, plugin in plugins.items() if not name.startswith("bad-"))
    good = [f"good-{number:02}/restorer-{number:02}" for number in range(75)]
    listed = burnish("list", "restorers", "--json")
    assert listed.returncode == 0
    assert set(good) <= {one["id"] for one in json.loads(listed.stdout)["restorers"]}
    able = burnish("list", "restorers", "--undoing", "gaussian-noise")
    assert able.returncode == 0
    assert all(id in able.stdout for id in good)
    assert burnish("show", good[0]).returncode == 0
    table = burnish("plugins")
    assert (table.returncode, "\x1b" in table.stdout) == (0, False)
