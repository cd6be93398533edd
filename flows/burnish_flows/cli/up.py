"""``burnish up``: all services for a single machine, until Ctrl-C."""

from __future__ import annotations

import os
import signal
from argparse import Namespace
from pathlib import Path

from burnish.cli.options import add_option
from burnish.cli.parser import Command, Parser
from burnish.cli.values import natural, port
from burnish.console.output import tell

from burnish_flows import environment
from burnish_flows.cli.options import add_interval, add_work_pool

GIVEN = ("PREFECT_API_URL", "MLFLOW_TRACKING_URI")


def _run(arguments: Namespace) -> int:
    """Start the servers and a worker, keep them running, end them."""
    given = {name: os.environ[name] for name in GIVEN if os.environ.get(name)}
    project = environment.find_project(Path.cwd())
    from burnish_flows import up_state

    with up_state.alone(project.home):
        environment.create(project)
        return _keep(arguments, project, given)


def _keep(arguments: Namespace, project: environment.Project, given: dict[str, str]) -> int:
    from burnish_flows.services.up import Up
    from burnish_flows.services.watching import DataWatcher

    up = Up(project, tell)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found, servers = up.servers(
            prefect_port=arguments.prefect_port,
            mlflow_port=arguments.mlflow_port,
            store=arguments.store,
            pool=arguments.work_pool,
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
        up.keep(found, DataWatcher(project.root, every=arguments.interval, branch=arguments.data_branch))
    except KeyboardInterrupt:
        tell("ending …")
    finally:
        up.stop()
    return 0


def _parser() -> Parser:
    parser = Parser(
        "up",
        "Start a Prefect server, an MLflow server and a worker for this project on the loopback address, keep them\n"
        "running, and notify Prefect when the data's recorded version changes. If PREFECT_API_URL or\n"
        "MLFLOW_TRACKING_URI names a server, it is used and none is started. Prefect's database is SQLite, unless\n"
        "PREFECT_API_DATABASE_CONNECTION_URL names another. Logs are in .burnish/logs.",
        "burnish up",
        "burnish up --limit 1 --interval 5m",
        "burnish up --store postgresql://mlflow@db.example.org/mlflow --no-worker",
    )
    for server, number in (("Prefect", 4200), ("MLflow", 5000)):
        told = f"port of {server}'s server; another port if it is in use"
        add_option(parser, f"--{server.lower()}-port", told, metavar="N", type=port, default=number)
    told = "MLflow's database, e.g. postgresql://…; default: SQLite"
    add_option(parser, "--store", told, metavar="URL", default="")
    add_option(parser, "--no-worker", "servers only", action="store_true")
    add_work_pool(parser)
    add_option(parser, "--limit", "runs at a time; 0: any number", metavar="N", type=natural, default=0)
    add_interval(parser, "between checks of the data", default="30s")
    told = "check the data of this git branch, e.g. origin/main, instead of the folder"
    add_option(parser, "--data-branch", told, metavar="NAME", default="")
    parser.formerly("--pool", "--work-pool")
    parser.formerly("--every", "--interval")
    parser.formerly("--branch", "--data-branch")
    return parser


main = Command(_parser, _run)
