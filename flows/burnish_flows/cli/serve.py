"""``burnish serve NAME@ALIAS``: the model behind HTTP, following its alias."""

from __future__ import annotations

import argparse
from pathlib import Path

from burnish.cli.options import Parser, add_allow_damaged, duration, port, positive
from burnish.console.output import say

from burnish_flows import environment


def main(argv: list[str]) -> int:
    """Serve until interrupted."""
    arguments = _parser().parse_args(argv)
    environment.prepare(environment.find_project(Path.cwd()))
    from burnish.console.progress import log_lines

    with log_lines(not arguments.quiet):
        return _serve(arguments)


def _serve(arguments: argparse.Namespace) -> int:
    from burnish.io.isolation.isolated import DecodeLimits

    from burnish_flows.serving.app import Limits, create_app
    from burnish_flows.serving.ending import run
    from burnish_flows.serving.following import Following

    project = environment.find_project(Path.cwd())
    following = Following(
        arguments.model,
        environment.tracking_uri(),
        project.cache / "models",
        device=arguments.device,
        every=arguments.every,
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
    say(f"{following.current.name} at http://{arguments.host}:{arguments.port}/restore")
    run(create_app(following, limits), host=arguments.host, port=arguments.port, grace=arguments.grace)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "serve",
        "Serve a registered model over HTTP. It follows its alias: a new champion replaces the old one between two\n"
        "requests, without dropping any. POST the bytes of a picture to /restore; /docs tells the rest.",
        "burnish serve denoise@champion --port 8000",
    )
    parser.add_argument("model", metavar="NAME@ALIAS", help="or NAME:VERSION, which follows nothing")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: the loopback only)")
    parser.add_argument("--port", metavar="N", type=port, default=8000)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, … (default: auto)")
    parser.add_argument("--every", metavar="S", type=duration, default=5.0, help="seconds between looks at the alias")
    parser.add_argument("--workers", metavar="N", type=positive, default=1, help="pictures at a time (default: 1)")
    parser.add_argument(
        "--decoders", metavar="N", type=positive, default=2, help="processes that decode what is sent (default: 2)"
    )
    parser.add_argument(
        "--decode-seconds", metavar="S", type=positive, default=20, help="of processor time for one (default: 20)"
    )
    parser.add_argument(
        "--decode-memory", metavar="MIB", type=positive, default=2048, help="for decoding one (default: 2048)"
    )
    parser.add_argument("--waiting", metavar="N", type=positive, default=32, help="requests at a time (default: 32)")
    parser.add_argument("--timeout", metavar="S", type=duration, default=120.0, help="seconds for one answer")
    parser.add_argument("--max-megabytes", metavar="N", type=positive, default=64, help="of a body (default: 64)")
    parser.add_argument("--max-megapixels", metavar="N", type=positive, default=50, help="of a picture (default: 50)")
    parser.add_argument(
        "--grace", metavar="S", type=positive, default=20, help="for running requests when told to end (default: 20)"
    )
    add_allow_damaged(parser)
    parser.add_argument("--quiet", action="store_true", help="no lines about swaps and trouble")
    return parser
