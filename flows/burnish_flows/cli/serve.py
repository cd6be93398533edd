"""``burnish serve NAME@ALIAS``: the model behind HTTP, following its alias."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from burnish.cli.options import add_option, add_printing, add_running
from burnish.cli.parser import Command, Parser
from burnish.cli.values import period, port, positive
from burnish.console.output import say
from burnish.restorer.options import RestoreOptions

from burnish_flows import environment
from burnish_flows.cli.options import add_interval, add_reference


def _run(arguments: Namespace) -> int:
    """Serve until interrupted."""
    environment.prepare(environment.find_project(Path.cwd()))
    from burnish.console.progress import log_lines

    with log_lines(not arguments.quiet):
        return _serve(arguments)


def _serve(arguments: Namespace) -> int:
    from burnish.io.isolation.isolated import DecodeLimits

    from burnish_flows.serving.app import Limits, create_app
    from burnish_flows.serving.following import Following
    from burnish_flows.serving.shutdown import run

    project = environment.find_project(Path.cwd())
    options = RestoreOptions(
        tile=arguments.tile, precision=arguments.precision, engine=arguments.engine, memory=arguments.memory,
        strength=arguments.strength,
    )  # fmt: skip
    following = Following(
        arguments.model,
        environment.tracking_uri(),
        project.cache / "models",
        device=arguments.device,
        every=arguments.interval,
        options=options,
    )
    following.start()
    limits = Limits(
        bytes=arguments.max_megabytes << 20,
        pixels=arguments.max_megapixels * 1_000_000,
        seconds=arguments.timeout,
        workers=arguments.workers,
        waiting=arguments.waiting,
        decoders=arguments.decoders,
        decode=DecodeLimits(seconds=arguments.decode_seconds, memory_mb=arguments.decode_memory),
        allow_damaged=arguments.allow_damaged,
    )
    run(
        create_app(following, limits, options),
        host=arguments.host,
        port=arguments.port,
        grace=arguments.grace,
        listening=lambda port: say(f"{following.current.name} at http://{arguments.host}:{port}/restore"),
    )
    return 0


def _parser() -> Parser:
    parser = Parser(
        "serve",
        "Serve a registered model over HTTP. The service follows its alias: a new champion replaces the old one\n"
        "between two requests, and no request fails. POST the bytes of a picture to /restore; /docs describes all\n"
        "addresses.",
        "burnish serve denoise@champion --port 8000",
        "burnish serve denoise:3 --workers 2 --memory 1024 --max-megapixels 24",
        "curl --data-binary @noisy.png http://127.0.0.1:8000/restore -o clear.png",
    )
    add_reference(parser)
    add_option(
        parser, "--host", "address to listen on, by default the loopback only", metavar="NAME", default="127.0.0.1"
    )
    add_option(parser, "--port", "port to listen on; 0: any free port", metavar="N", type=port, default=8000)
    add_interval(parser, "between checks of the alias", default="5s")
    add_running(parser, "--strength", "--precision", "--engine", "--tile", "--memory", "--device", "--allow-damaged")
    limits = parser.add_argument_group("limits")
    add_option(limits, "--workers", "pictures restored at a time", metavar="N", type=positive, default=1)
    add_option(limits, "--waiting", "requests at a time", metavar="N", type=positive, default=32)
    add_option(limits, "--timeout", "time for one response", metavar="TIME", type=period, default="2m")
    told = "seconds for running requests after a termination signal"
    add_option(limits, "--grace", told, metavar="S", type=positive, default=20)
    add_option(limits, "--max-megabytes", "limit of a body, in megabytes", metavar="N", type=positive, default=64)
    add_option(limits, "--max-megapixels", "limit of a picture, in megapixels", metavar="N", type=positive, default=50)
    add_option(limits, "--decoders", "processes that decode pictures", metavar="N", type=positive, default=2)
    told = "seconds of processor time to decode one picture"
    add_option(limits, "--decode-seconds", told, metavar="S", type=positive, default=20)
    add_option(limits, "--decode-memory", "memory to decode one, in MiB", metavar="MIB", type=positive, default=2048)
    add_printing(parser, "--quiet")
    parser.formerly("--every", "--interval")
    return parser


main = Command(_parser, _run)
