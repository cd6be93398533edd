"""``burnish up``: everything that a single machine needs, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path

from burnish.cli.options import Parser, duration, natural, port
from burnish.console.output import tell

from burnish_flows import environment
from burnish_flows.services.standard import POOL

GIVEN = ("PREFECT_API_URL", "MLFLOW_TRACKING_URI")


def main(argv: list[str]) -> int:
    """Start the servers and a worker, keep them running, end them."""
    arguments = _parser().parse_args(argv)
    given = {name: os.environ[name] for name in GIVEN if os.environ.get(name)}
    project = environment.find_project(Path.cwd())
    from burnish_flows import running

    with running.alone(project.home):
        environment.create(project)
        return _keep(arguments, project, given)


def _keep(arguments: argparse.Namespace, project: environment.Project, given: dict[str, str]) -> int:
    from burnish_flows.services.up import Up
    from burnish_flows.services.watching import DataWatcher

    up = Up(project, tell)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found, servers = up.servers(
            prefect_port=arguments.prefect_port,
            mlflow_port=arguments.mlflow_port,
            store=arguments.store,
            pool=arguments.pool,
            given=given,
        )
        up.start(servers)
        os.environ |= {"PREFECT_API_URL": found.prefect, "MLFLOW_TRACKING_URI": found.mlflow}
        if not arguments.no_worker:
            up.start([up.worker(found, limit=arguments.limit)])
        up.publish(found)
        tell(f"Every `burnish` command below {project.root} uses them. Elsewhere, set:")
        tell(f"  export PREFECT_API_URL={found.prefect} MLFLOW_TRACKING_URI={found.mlflow}")
        tell("Ctrl-C ends them.")
        up.keep(found, DataWatcher(project.root, every=arguments.every, branch=arguments.branch))
    except KeyboardInterrupt:
        tell("ending …")
    finally:
        up.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "up",
        "Start a Prefect server, an MLflow server and a worker for this project, all on the loopback, keep them\n"
        "running, and tell Prefect when the data's recorded version changes. A server that PREFECT_API_URL or\n"
        "MLFLOW_TRACKING_URI names is used and none started. Prefect's database is SQLite, unless\n"
        "PREFECT_API_DATABASE_CONNECTION_URL names another. Logs are in .burnish/logs.",
        "burnish up",
    )
    parser.add_argument("--prefect-port", metavar="N", type=port, default=4200, help="or any free one (default: 4200)")
    parser.add_argument("--mlflow-port", metavar="N", type=port, default=5000, help="or any free one (default: 5000)")
    parser.add_argument("--store", metavar="URL", default="", help="MLflow's database, as postgresql://… (SQLite)")
    parser.add_argument("--no-worker", action="store_true", help="servers only")
    parser.add_argument("--pool", metavar="NAME", default=POOL, help=f"the worker's work pool (default: {POOL})")
    parser.add_argument("--limit", metavar="N", type=natural, default=0, help="runs at a time (default: no limit)")
    parser.add_argument("--every", metavar="S", type=duration, default=30.0, help="seconds between looks at the data")
    parser.add_argument(
        "--branch", default="", help="look at the data of this branch, as origin/main, not of the folder"
    )
    return parser
