"""The light rooms stay light: no framework, little memory, little time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch",
    "numpy",
    "cv2",
    "lightning",
    "prefect",
    "mlflow",
    "dvc",
    "PIL",
    "tifffile",
    "pydantic",
    "yaml",
    "rich",
    "scipy",
    "jinja2",
)
LIGHT_COMMANDS = [
    ["--help"],
    ["--version"],
    ["plugins"],
    ["plugins", "--json"],
    ["list", "restorers"],
    ["list", "degraders", "--json"],
    ["list", "metrics"],
    ["list", "benchmarks"],
    ["list", "gates"],
    ["list", "restorers", "--undoing", "gaussian-noise"],
    ["show", "cnn/dncnn"],
    ["show", "burnish/identity", "--json"],
    ["completion", "bash"],
]
PROBE = """
import json, sys
from pathlib import Path
from burnish.cli.main import main
try:
    status = main(json.loads(sys.argv[1]))
except SystemExit as leave:
    status = leave.code
# Not getrusage: on Linux a child inherits the peak of the process that forked it.
status_file = Path("/proc/self/status").read_text()
kilobytes = int(status_file.split("VmHWM:")[1].split()[0])
print(json.dumps({"status": status, "modules": sorted(sys.modules), "kilobytes": kilobytes}), file=sys.stderr)
"""


WITHOUT = """
import sys
from burnish.lazy import COMPUTING
sys.modules.update(dict.fromkeys(COMPUTING))
"""
"""As where nothing of the extra is installed: an import of it fails, and it is not found."""


def run(words: list[str]) -> tuple[str, dict[str, object]]:
    done = subprocess.run([sys.executable, "-c", PROBE, json.dumps(words)], capture_output=True, text=True, check=True)
    report: dict[str, object] = json.loads(done.stderr.splitlines()[-1])
    return done.stdout, report


@pytest.mark.parametrize("words", LIGHT_COMMANDS, ids=" ".join)
def test_looking_never_reaches_a_framework_and_stays_under_60_mb(words: list[str]) -> None:
    out, report = run(words)
    assert report["status"] == 0
    assert out.strip()
    modules = report["modules"]
    assert isinstance(modules, list)
    assert [name for name in HEAVY if name in modules] == []
    kilobytes = report["kilobytes"]
    assert isinstance(kilobytes, int)
    assert kilobytes < 60 * 1024


def test_every_plugin_module_and_light_room_imports_no_framework() -> None:
    from burnish.plugins.host import installed

    rooms = [
        "plugins.declarations",
        "plugins.hookspecs",
        "plugins.host",
        "plugins.catalog",
        "plugins.configuration",
        "events",
        "protocols",
        "errors",
        "cli.main",
    ]
    plugins = [plugin.module for plugin in installed().plugins if plugin.state == "loaded"]
    code = f"""
import importlib, sys
for name in {["burnish", *(f"burnish.{room}" for room in rooms), *plugins]!r}:
    importlib.import_module(name)
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("words", "limit"), [(["--help"], 210), (["list", "restorers"], 240), (["plugins"], 225)])
def test_looking_imports_few_modules(words: list[str], limit: int) -> None:
    """What it costs is counted here, since times differ; ``benchmarks/startup.py`` measures them."""
    code = f"""
import contextlib, io, sys
from burnish.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main({words!r})
print(len(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= limit  # 183, 210 and 195 were counted, 33 of an empty Python


def without_what_computes(program: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"{WITHOUT}\n{program}", *words], capture_output=True, text=True, cwd=folder, check=False
    )


COMMAND = "from burnish.cli.main import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.parametrize(
    "words", [*LIGHT_COMMANDS, ["list", "formats"], ["doctor", "--json"], ["new-recipe", "--schema"]], ids=" ".join
)
def test_looking_works_where_nothing_that_computes_is_installed(words: list[str], tmp_path: Path) -> None:
    done = without_what_computes(COMMAND, tmp_path, *words)
    assert done.stdout.strip() and "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0 or words[0] == "doctor", done.stderr


@pytest.mark.parametrize("kind", ["restorer", "format", "observer", "learner"])
def test_a_plugin_is_written_where_nothing_that_computes_is_installed(kind: str, tmp_path: Path) -> None:
    done = without_what_computes(COMMAND, tmp_path, "new-plugin", "burnish-mine", "--kind", kind)
    assert done.returncode == 0, done.stderr
    needs = (tmp_path / "burnish-mine" / "pyproject.toml").read_text()
    assert ('"burnish[torch]>=' in needs) == (kind != "observer")


@pytest.mark.parametrize(
    "words",
    [
        ["restore", "a.png", "b.png"],
        ["evaluate", "--restorer", "burnish/identity", "--clean", "."],
        ["diagnose", "a.png"],
    ],
)
def test_what_computes_says_what_it_lacks_and_how_to_install_it(words: list[str], tmp_path: Path) -> None:
    done = without_what_computes(COMMAND, tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr.startswith(f"burnish: {words[0]} needs ") and "Traceback" not in done.stderr
    assert done.stderr.rstrip().endswith("which is not installed; pip install 'burnish[torch]'")


def test_python_says_it_as_well(tmp_path: Path) -> None:
    done = without_what_computes("import burnish; burnish.load('burnish/identity')", tmp_path)
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: burnish.load needs ")
    assert done.stderr.rstrip().endswith("pip install 'burnish[torch]'")
