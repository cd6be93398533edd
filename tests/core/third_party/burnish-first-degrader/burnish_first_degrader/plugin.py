"""What burnish-first-degrader declares. Never imports torch: the factory is resolved on first use."""

from collections.abc import Iterator

from burnish import DegraderSpec, hookimpl


@hookimpl
def register_degraders() -> Iterator[DegraderSpec]:
    """The degraders of this plugin."""
    yield DegraderSpec(
        name="first-degrader",
        factory="burnish_first_degrader.first_degrader:FirstDegrader",
        summary="Pixels that are black or white by chance",
        tasks=frozenset({"denoise"}),
        config={
            "fraction": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": 0.05,
                "description": "part of the pixels that are spoiled, half of them black, half white",
            },
        },
    )
