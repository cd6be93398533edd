"""The declarations of burnish-classical: restorers without training, with the schemas of their settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from burnish import RestorerSpec, hookimpl

Schema = Mapping[str, Any]

SCALES = (2, 3, 4, 8)


def number(default: float, description: str, *, least: float = 0.0, most: float = 100.0) -> Schema:
    """The schema of a number."""
    return {"type": "number", "minimum": least, "maximum": most, "default": default, "description": description}


def odd(default: int, description: str, *, least: int, most: int) -> Schema:
    """The schema of an odd number of pixels."""
    return {"enum": list(range(least, most + 1, 2)), "default": default, "description": f"{description}, odd"}


@hookimpl
def register_restorers() -> Iterator[RestorerSpec]:
    """All restorers of this plugin."""
    yield bicubic()
    yield unsharp()
    yield median()
    yield bilateral()
    yield nlm()
    yield bm3d()
    yield total_variation()
    yield guided_filter()


def bicubic() -> RestorerSpec:
    """Enlargement, the baseline of super-resolution."""
    return RestorerSpec(
        name="bicubic",
        factory="burnish_classical.bicubic:Bicubic",
        summary="Bicubic enlargement exactly as MATLAB's imresize",
        tasks=frozenset({"super-resolve"}),
        scale=SCALES,
        receptive_field=5,
        reference="doi:10.1109/TASSP.1981.1163711",
        config={
            "scale": {
                "type": "integer",
                "enum": list(SCALES),
                "default": 2,
                "description": "factor by which height and width grow",
            },
        },
    )


def unsharp() -> RestorerSpec:
    """High-pass sharpening."""
    return RestorerSpec(
        name="unsharp",
        factory="burnish_classical.unsharp:Unsharp",
        summary="Unsharp masking: high-pass sharpening with a threshold",
        tasks=frozenset({"deblur", "enhance"}),
        receptive_field=13,
        config={
            "amount": number(1.0, "how much of the high-pass part is added"),
            "radius": number(1.5, "standard deviation in pixels of the low-pass Gaussian", least=0.1),
            "threshold": number(0.0, "details up to this size in [0, 1] units are not amplified", most=1.0),
        },
    )


def median() -> RestorerSpec:
    """The median filter."""
    return RestorerSpec(
        name="median",
        factory="burnish_classical.median:Median",
        summary="Median of a square neighbourhood, against single wrong pixels",
        tasks=frozenset({"denoise"}),
        receptive_field=3,
        config={"size": odd(3, "side of the neighbourhood in pixels", least=3, most=9)},
    )


def bilateral() -> RestorerSpec:
    """The bilateral filter."""
    return RestorerSpec(
        name="bilateral",
        factory="burnish_classical.bilateral:Bilateral",
        summary="Bilateral filter: average over near pixels of similar colour",
        tasks=frozenset({"denoise"}),
        needs=frozenset({"sigma"}),
        receptive_field=11,
        reference="doi:10.1109/ICCV.1998.710815",
        config={
            "strength": number(
                2.1, "range in colour, in units of sigma times the square root of the number of channels", least=0.01
            ),
            "space": number(2.0, "range in space: standard deviation in pixels", least=0.1),
            "side": odd(11, "diameter of the neighbourhood in pixels", least=3, most=51),
        },
    )


def nlm() -> RestorerSpec:
    """Non-local means."""
    return RestorerSpec(
        name="nlm",
        factory="burnish_classical.nlm:NonLocalMeans",
        summary="Non-local means over patches, in floating point",
        tasks=frozenset({"denoise"}),
        needs=frozenset({"sigma"}),
        receptive_field=21,
        reference="doi:10.5201/ipol.2011.bcm_nlm",
        config={
            "strength": number(0.65, "decay of the weights with distance, in units of sigma", least=0.01),
            "patch": odd(3, "side in pixels of the centre of a patch, which is averaged", least=1, most=11),
            "compared": {
                "enum": ["auto", *range(1, 16, 2)],
                "default": "auto",
                "description": "side in pixels of the compared patches, odd; auto: the same as patch, 2 more for "
                "grey pictures",
            },
            "search": odd(15, "side in pixels of the search window", least=3, most=51),
            "chroma": number(0.1, "weight of each chroma channel in the distance; luma has 1", most=1.0),
        },
    )


def bm3d() -> RestorerSpec:
    """Block matching and collaborative filtering."""
    return RestorerSpec(
        name="bm3d",
        factory="burnish_classical.bm3d:BM3D",
        summary="BM3D: similar blocks are grouped and filtered together in a transform domain, in two steps",
        tasks=frozenset({"denoise"}),
        needs=frozenset({"sigma"}),
        min_size=8,
        tiling="whole",
        reference="doi:10.1109/TIP.2007.901238",
        config={"search": odd(39, "side in pixels of the search window", least=3, most=63)},
    )


def total_variation() -> RestorerSpec:
    """The model of Rudin, Osher and Fatemi."""
    return RestorerSpec(
        name="total-variation",
        factory="burnish_classical.total_variation:TotalVariation",
        summary="Total variation (Rudin-Osher-Fatemi) by an accelerated dual projection",
        tasks=frozenset({"denoise"}),
        needs=frozenset({"sigma"}),
        receptive_field=41,
        reference="doi:10.1023/B:JMIV.0000011325.36760.1e",
        config={
            "weight": {
                "enum": ["sigma", "discrepancy"],
                "default": "sigma",
                "description": "sigma: strength times sigma, local; discrepancy: chosen for the whole picture, so "
                "that as much is removed as there is noise",
            },
            "strength": number(0.6, "weight of the total variation in units of sigma", least=0.01),
            "coupled": {
                "type": "boolean",
                "default": True,
                "description": "whether the channels share their edges; otherwise each channel is restored separately",
            },
            "iterations": {
                "type": "integer",
                "minimum": 1,
                "maximum": 2000,
                "default": 20,
                "description": "steps of the projection",
            },
        },
    )


def guided_filter() -> RestorerSpec:
    """The guided filter with the picture as its own guide."""
    return RestorerSpec(
        name="guided-filter",
        factory="burnish_classical.guided_filter:GuidedFilter",
        summary="Guided filter with the picture as its own guide: local linear models, edges kept",
        tasks=frozenset({"denoise"}),
        needs=frozenset({"sigma"}),
        receptive_field=9,
        reference="doi:10.1109/TPAMI.2012.213",
        config={
            "radius": {
                "type": "integer",
                "minimum": 1,
                "maximum": 64,
                "default": 2,
                "description": "radius of the window in pixels: its side is 2 radius + 1",
            },
            "strength": number(2.0, "square root of the regularization in units of sigma", least=0.01),
            "guide": {
                "enum": ["colour", "channel"],
                "default": "colour",
                "description": "guide of an RGB picture: all channels together, or each channel for itself",
            },
        },
    )
