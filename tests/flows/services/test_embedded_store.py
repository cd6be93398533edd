"""A new store is MLflow's own, whole, and made once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from burnish_flows.registry.store import Registry
from burnish_flows.services import embedded_store


def _columns(path: Path) -> dict[str, list[str]]:
    with sqlite3.connect(path) as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        return {
            name: sorted(row[1] for row in connection.execute(f"select * from pragma_table_info('{name}')"))
            for name in names
        }


def _revision(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        return str(connection.execute("select version_num from alembic_version").fetchone()[0])


def test_a_new_store_is_the_one_that_mlflow_itself_would_make(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    path, own = tmp_path / "new" / "store.db", tmp_path / "own.db"
    embedded_store.ensure(f"sqlite:///{path}")
    MlflowClient(f"sqlite:///{own}").search_registered_models()
    assert _columns(path) == _columns(own)
    assert _revision(path) == _revision(own)
    assert Registry.connected(f"sqlite:///{path}").champion("denoise") == ""
    assert sorted(p.name for p in path.parent.iterdir()) == ["locks", "store.db"]


def test_a_store_that_is_there_and_a_server_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"anything")
    embedded_store.ensure(f"sqlite:///{path}")
    embedded_store.ensure("http://models.example:5000")
    assert path.read_bytes() == b"anything"


def test_a_store_in_a_folder_whose_name_looks_quoted_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a%20b" / "store.db"
    assert embedded_store.absent(f"sqlite:///{path}") == path
    path.parent.mkdir()
    path.touch()
    assert embedded_store.absent(f"sqlite:///{path}") is None
    (tmp_path / "a b").mkdir()
    assert embedded_store.absent(f"file://{tmp_path}/a%20b") is None


@pytest.mark.slow
def test_several_processes_make_one_store(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'store.db'}"
    code = (
        "import sys\nfrom burnish_flows.registry.store import Registry\n"
        "from burnish_flows.services import embedded_store\n"
        "embedded_store.ensure(sys.argv[1])\nRegistry.connected(sys.argv[1]).champion('denoise')"
    )
    makers = [subprocess.Popen([sys.executable, "-c", code, uri]) for _ in range(2)]
    assert [maker.wait(1800) for maker in makers] == [0, 0]
