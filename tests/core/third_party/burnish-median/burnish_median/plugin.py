# burnish_median/plugin.py: never imports torch, numpy or cv2
from burnish import RestorerSpec, hookimpl


@hookimpl
def register_restorers():
    yield RestorerSpec(
        name="median",
        factory="burnish_median.median:Median",  # resolved on first use
        summary="Median of the neighbourhood",
        tasks=frozenset({"denoise"}),
        receptive_field=3,
        config={"size": {"type": "integer", "default": 3, "minimum": 1, "description": "side of the window in pixels"}},
    )
