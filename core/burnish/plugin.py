"""What the host itself declares, by the same hooks as every plugin."""

from collections.abc import Iterator

from burnish import GateSpec, RestorerSpec, hookimpl


@hookimpl
def register_restorers() -> Iterator[RestorerSpec]:
    """The restorer that changes nothing: the zero of every scale."""
    yield RestorerSpec(
        name="identity",
        factory="burnish.restorers:Identity",
        summary="Returns what it is given; the zero of every scale",
        tasks=frozenset({"denoise", "deblur", "dejpeg", "enhance"}),
        receptive_field=1,
    )


@hookimpl
def register_gates() -> Iterator[GateSpec]:
    """The rules of promotion that every recipe may name."""
    yield from ()
