"""A plugin that ends the process is named by the next one, and left out; an innocent one is not."""

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
from burnish.plugins.guard.deaths import Deaths, try_again, watched
from burnish.plugins.host import Host, PluginState

Install = Callable[..., Candidate]
CRASH = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
GOOD = "heard = []"
LOAD = """
import sys
from burnish.plugins.discovery import candidates
from burnish.plugins.guard.deaths import watched
from burnish.plugins.host import Host
with watched(sys.argv[1]) as dead:
    host = Host(candidates([sys.argv[2]]), dead=dead)
for plugin in host.plugins:
    print(plugin.plugin, plugin.state, plugin.reason)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "loading"


def load(place: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """A process that loads what is installed in the folder."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), *sys.path])}
    words = [sys.executable, "-c", LOAD, str(place), str(site)]
    return subprocess.run(words, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (CRASH, -signal.SIGSEGV, "ends the interpreter while it is loaded (signal SIGSEGV)"),
        ("import posix\nposix._exit(7)", 7, "ends the interpreter while it is loaded (exit status 7)"),
        ("import os\nos.abort()", -signal.SIGABRT, "(signal SIGABRT)"),
    ],
)
def test_the_next_process_names_it_and_leaves_it_out_and_others_work(
    install: Install, site: Path, place: Path, code: str, status: int, words: str
) -> None:
    install("burnish-bad", code)
    install("burnish-good", GOOD)
    assert load(place, site).returncode == status
    for _ in range(2):  # the second finds it written down
        after = load(place, site)
        assert after.returncode == 0
        bad, good = after.stdout.splitlines()
        assert bad.startswith(f"burnish-bad:burnish_bad broken {words.partition('(')[0]}")
        assert words in bad
        assert "uninstall burnish-bad" in bad
        assert good == "burnish-good:burnish_good loaded "


def test_what_is_mended_is_loaded_again(install: Install, site: Path, place: Path) -> None:
    install("burnish-bad", CRASH)
    load(place, site)
    assert "broken" in load(place, site).stdout
    (site / "burnish_bad" / "plugin.py").write_text(textwrap.dedent(GOOD))
    assert "loaded" in load(place, site).stdout
    assert list(place.iterdir()) == []


def test_one_that_depends_on_something_mended_is_loaded_once_it_is_tried_again(
    install: Install, site: Path, place: Path
) -> None:
    install("burnish-bad", "import helper_of_bad")
    (site / "helper_of_bad.py").write_text(CRASH)
    load(place, site)
    assert "broken" in load(place, site).stdout
    (site / "helper_of_bad.py").write_text("")
    assert "broken" in load(place, site).stdout
    try_again(str(place))
    assert "loaded" in load(place, site).stdout


def in_process(candidate: Candidate, place: Path) -> PluginState:
    with watched(str(place)) as dead:
        (plugin,) = Host([candidate], dead=dead).plugins
    return plugin


def test_a_process_that_was_killed_for_another_reason_condemns_nobody(install: Install, place: Path) -> None:
    candidate = install("burnish-good", GOOD)
    place.mkdir()
    (place / "1234-dead").write_text("burnish-good:burnish_good\n")
    assert in_process(candidate, place).state == "loaded"
    assert list(place.iterdir()) == []


def test_one_that_never_comes_back_is_named(install: Install, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    candidate = install("burnish-hanging", "import time\ntime.sleep(1000)")
    place.mkdir()
    (place / "1234-dead").write_text("burnish-hanging:burnish_hanging\n")
    monkeypatch.setattr("burnish.plugins.guard.deaths.PATIENCE", 1.0)
    plugin = in_process(candidate, place)
    assert plugin.state == "broken"
    assert "does not come back from being loaded within 1 s" in plugin.reason


def test_a_living_process_is_no_suspect(install: Install, place: Path) -> None:
    candidate = install("burnish-good", GOOD)
    other = Deaths(str(place))
    other.open()
    other.begins("burnish-good:burnish_good")
    with watched(str(place)) as dead:
        assert dead.verdict("burnish-good:burnish_good", candidate) == ""
        assert len(list(place.iterdir())) == 2
    other.close()
    assert not place.exists(), "nothing is left of what was made"


def test_folders_that_were_there_stay(place: Path) -> None:
    place.mkdir()
    with watched(str(place / "more" / "loading")):
        assert (place / "more" / "loading").is_dir()
    assert list(place.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_matter(install: Install, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert in_process(install("burnish-good", GOOD), tmp_path / "file" / "loading").state == "loaded"
