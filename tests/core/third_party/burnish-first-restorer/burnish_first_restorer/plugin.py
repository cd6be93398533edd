"""What burnish-first-restorer declares. Never imports torch: the factory is resolved on first use."""

from collections.abc import Iterator

from burnish import RestorerSpec, hookimpl


@hookimpl
def register_restorers() -> Iterator[RestorerSpec]:
    """The restorers of this plugin."""
    yield RestorerSpec(
        name="first-restorer",
        factory="burnish_first_restorer.first_restorer:FirstRestorer",
        summary="Median of the neighbourhood of each pixel",
        tasks=frozenset({"denoise"}),
        receptive_field=3,
        config={
            "radius": {
                "type": "integer",
                "minimum": 1,
                "maximum": 7,
                "default": 1,
                "description": "pixels that the neighbourhood reaches on either side",
            },
        },
    )
