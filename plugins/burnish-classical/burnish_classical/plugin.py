"""What burnish-classical declares."""

from collections.abc import Iterator

from burnish import RestorerSpec, hookimpl


@hookimpl
def register_restorers() -> Iterator[RestorerSpec]:
    """All restorers of this plugin."""
    yield RestorerSpec(
        name="bicubic",
        factory="burnish_classical.bicubic:Bicubic",
        summary="Bicubic enlargement exactly as MATLAB's imresize",
        tasks=frozenset({"super-resolve"}),
        scale=(2, 3, 4, 8),
        receptive_field=5,
        reference="doi:10.1109/TASSP.1981.1163711",
        config={
            "scale": {
                "type": "integer",
                "enum": [2, 3, 4, 8],
                "default": 2,
                "description": "factor by which height and width grow",
            },
        },
    )
