"""``burnish monitor``: compare arriving pictures with the model's training data."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli.options import add_option, add_printing
from burnish.cli.parser import Command, Parser
from burnish.cli.values import period, positive
from burnish.console.output import answer, say, tell
from burnish.errors import BurnishError

from burnish_flows import environment
from burnish_flows.cli.options import add_interval, add_reference

if TYPE_CHECKING:
    from burnish_flows.environment import Project
    from burnish_flows.monitor.drift_check import Watch


def _run(arguments: Namespace) -> int:
    """Look once, or again and again until interrupted; drift is a result and no failure."""
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    from burnish_flows.monitor.drift_check import Watch

    watch = Watch(
        model=arguments.model,
        folder=arguments.folder,
        sample=arguments.sample,
        output_quality=not arguments.no_output_quality,
        again_hours=arguments.remind / 3600,
        quiet=arguments.quiet or arguments.json,
    )
    if arguments.interval is None:
        _look(watch, project, arguments)
        return 0
    return _keep_looking(watch, project, arguments)


def _keep_looking(watch: Watch, project: Project, arguments: Namespace) -> int:
    """Look, wait, look again; a failed look is reported, and the next look tries again."""
    try:
        while True:
            began = time.monotonic()
            try:
                _look(watch, project, arguments)
            except BurnishError as error:
                tell(f"burnish: {error}")
            time.sleep(max(0.0, arguments.interval - (time.monotonic() - began)))
    except KeyboardInterrupt:
        return 0


def _look(watch: Watch, project: Project, arguments: Namespace) -> None:
    from burnish_flows.monitor import drift_check

    result = drift_check.look(watch, project)
    if arguments.json:
        answer(result, indent=None if arguments.interval else 2)
    else:
        say(lines(result))


def lines(result: Mapping[str, Any]) -> list[str]:
    """The result for a terminal."""
    who = f"{result['model']} v{result['version']}"
    if result["state"] == "waiting":
        return [f"{who}: {result['arrived']} new pictures in {result['folder']}; a look needs {result['least']}"]
    unreadable = f", {result['unreadable']} could not be read" if result["unreadable"] else ""
    said = [
        f"{who}, look {result['look']}: {result['arrived']} new pictures, {result['measured']} measured{unreadable}"
    ]
    said += [_line(standing) for standing in result["measures"].values()]
    if result["outside"]:
        said.append(f"outside the training data's band: {', '.join(result['outside'])}")
        if result["told"]:
            said.append("notified the Prefect server: burnish.drift")
        elif result["untold"]:
            said.append("no notification: no Prefect server accepted the event (PREFECT_API_URL)")
    else:
        said.append("within the training data's band")
    return [*said, *result["notes"], f"Page: {result['page']}"]


def _line(standing: Mapping[str, Any]) -> str:
    from burnish.drift import MEASURES

    measure = MEASURES[standing["measure"]]

    def figure(value: float | None) -> str:
        return "-" if value is None else f"{value:.{measure.digits}f}"

    trained = f"{figure(standing['low'])} to {figure(standing['high'])}"
    allowed = f"({figure(standing['lowest'])} … {figure(standing['highest'])})"
    mark = "OUTSIDE" if standing["state"] == "outside" else standing["state"]
    return f"  {standing['measure']:<15}{figure(standing['median']):>8}  {trained:<17} {allowed:<19} {mark}"


def _parser() -> Parser:
    parser = Parser(
        "monitor",
        "Measure the pictures that arrived in a folder since the last look, and compare them with the model's\n"
        "training data. If they leave the band, notify the Prefect server (PREFECT_API_URL): burnish.drift.",
        "burnish monitor denoise@champion /srv/inbox",
        "burnish monitor denoise@champion /srv/inbox --interval 5m --sample 128",
    )
    add_reference(parser)
    told = "the folder in which pictures arrive, also in its subfolders"
    add_option(parser, "folder", told, metavar="FOLDER", type=Path)
    add_option(parser, "--sample", "pictures measured per look", metavar="N", type=positive, default=64)
    add_interval(parser, "between looks; default: look once")
    told = "time until lasting drift is reported again"
    add_option(parser, "--remind", told, metavar="TIME", type=period, default="24h")
    told = "restore nothing; measure the arriving pictures only"
    add_option(parser, "--no-output-quality", told, action="store_true")
    add_printing(parser, "--json", "--quiet")
    parser.formerly("--every", "--interval")
    parser.formerly("--again", "--remind", unit="h")
    return parser


main = Command(_parser, _run)
