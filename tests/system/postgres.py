"""A real PostgreSQL of the system's packages, for the time of a test."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from workshop import free_ports

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def require() -> Path:
    """The folder of its programs; skips the test where there is none, or no way to run it."""
    if not PROGRAMS:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    try:
        import asyncpg  # noqa: F401
        import psycopg2  # noqa: F401
    except ImportError as error:
        pytest.skip(f"{error.name} is not installed: pip install psycopg2-binary asyncpg")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no runuser")
    return PROGRAMS[-1]


@contextmanager
def databases(*names: str) -> Iterator[list[str]]:
    """A fresh cluster with these databases; ``user@host:port/name`` of each."""
    programs = require()
    (port,) = free_ports(1)
    as_user: list[str] = []
    place = Path(tempfile.mkdtemp(prefix="burnish-postgres-"))  # not below pytest's folder, which only root may enter
    if os.geteuid() == 0:
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(place, "postgres")
    data = place / "cluster"

    def run(program: str, *words: str) -> None:
        command = [*as_user, str(programs / program), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=1800)
        assert done.returncode == 0, done.stdout + done.stderr

    run("initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "--no-sync")
    options = f"-p {port} -k {place} -h 127.0.0.1 -c fsync=off -c max_connections=200"
    run("pg_ctl", "-D", str(data), "-o", options, "-l", str(data / "log"), "-w", "start")
    try:
        for name in names:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", name)
        yield [f"postgres@127.0.0.1:{port}/{name}" for name in names]
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(place, ignore_errors=True)
