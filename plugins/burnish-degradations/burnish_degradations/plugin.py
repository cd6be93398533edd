"""What burnish-degradations declares."""

from collections.abc import Iterator

from burnish import DegraderSpec, hookimpl


@hookimpl
def register_degraders() -> Iterator[DegraderSpec]:
    """All degraders of this plugin."""
    yield DegraderSpec(
        name="bicubic",
        factory="burnish_degradations.bicubic:Bicubic",
        summary="Downscaling exactly as MATLAB's antialiased bicubic imresize",
        tasks=frozenset({"super-resolve"}),
        gives=frozenset({"scale"}),
        scale=(2, 3, 4, 8),
        linear=True,
        reference="doi:10.1109/TASSP.1981.1163711",
        config={
            "scale": {
                "type": "integer",
                "enum": [2, 3, 4, 8],
                "default": 2,
                "description": "factor by which height and width shrink; the picture is cropped to multiples of it",
            },
            "quantise": {
                "enum": ["none", "uint8", "uint8-per-pass"],
                "default": "uint8-per-pass",
                "description": "none: float, unclipped; uint8: rounded once; uint8-per-pass: as MATLAB on 8-bit pictures",
            },
        },
    )
