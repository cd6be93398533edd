"""Fixtures for every test: where the benchmark pictures are, and quiet, offline libraries."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

for _name, _value in {
    "DO_NOT_TRACK": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "1",
    "ITERATIVE_DO_NOT_TRACK": "1",
    "NO_PROXY": "127.0.0.1,localhost",
}.items():
    os.environ.setdefault(_name, _value)


# Matplotlib's list of fonts stays where it is: tests have other caches of their own, and it takes long to make.
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
os.environ.setdefault("MPLCONFIGDIR", str(_CACHE / "matplotlib"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So a shell starts what it puts into the background; tests of Ctrl-C, and their processes, need it heard.
    signal.signal(signal.SIGINT, signal.default_int_handler)

DATA = Path(os.environ.get("BURNISH_TEST_DATA", Path(__file__).parent.parent / "shared" / "data"))
"""Public benchmark pictures, kernels and reference weights."""

PUBLISHED = "published data"
"""Property of the reports of tests that compare with them."""

settings.register_profile("burnish", deadline=None)
settings.load_profile("burnish")


@pytest.fixture(autouse=True)
def _same_weights_every_time() -> None:
    """Seed torch where a test has it, so that fresh networks are the same whatever ran before."""
    if (torch := sys.modules.get("torch")) is not None:
        torch.manual_seed(0)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public benchmark pictures, kernels and reference weights; skips where it is absent."""
    if not (DATA / "test").is_dir():
        pytest.skip(f"no benchmark data at {DATA}; set BURNISH_TEST_DATA to a folder that has test/Set5, test/BSD68, …")
    return DATA.resolve()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer ``--long``."""
    parser.addoption("--long", action="store_true", help="run the tests that take minutes each, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes; begin with what takes longest, so that two workers end together."""
    for item in items:
        if item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes; run with --long"))
        elif "shared_data" in getattr(item, "fixturenames", ()):
            item.user_properties.append((PUBLISHED, True))
    items.sort(key=lambda item: (not item.get_closest_marker("system"), not item.get_closest_marker("slow")))


def _on_published_data(config: pytest.Config) -> tuple[int, int]:
    """How many tests that compare with published data ran, and how many were skipped."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter is not None else {}

    def count(*kinds: str) -> int:
        reports = [report for kind in kinds for report in stats.get(kind, ())]
        return sum((PUBLISHED, True) in map(tuple, getattr(report, "user_properties", ())) for report in reports)

    return count("passed", "failed"), count("skipped")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where the published data are there, none of their tests may be skipped."""
    if (
        (DATA / "test").is_dir()
        and not hasattr(session.config, "workerinput")
        and _on_published_data(session.config)[1]
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many tests compared with published data."""
    ran, skipped = _on_published_data(config)
    if ran or skipped:
        missing = "" if (DATA / "test").is_dir() else f" (no data at {DATA}; BURNISH_TEST_DATA says where they are)"
        terminalreporter.write_line(f"tests on published data: {ran} ran, {skipped} skipped{missing}")
