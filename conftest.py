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
    folder = Path(os.environ.get("BURNISH_TEST_DATA", Path(__file__).parent.parent / "shared" / "data"))
    if not (folder / "test").is_dir():
        pytest.skip(
            f"no benchmark data at {folder}; set BURNISH_TEST_DATA to a folder that has test/Set5, test/BSD68, …"
        )
    return folder.resolve()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer ``--long``."""
    parser.addoption("--long", action="store_true", help="run the tests that take minutes each, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes; begin with what takes longest, so that two workers end together."""
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes minutes; run with --long"))
    items.sort(key=lambda item: (not item.get_closest_marker("system"), not item.get_closest_marker("slow")))
