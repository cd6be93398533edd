"""Lossy compression: each picture goes through a JPEG file in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import cv2
import numpy as np
import torch
from burnish.protocols import Observation
from numpy.typing import NDArray
from torch import Tensor

from burnish_degradations.drawing import Range, bounds
from burnish_degradations.replayable import Parameters, Replayable

SAMPLING = {
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
}
"""Chroma subsampling → OpenCV's code for it."""

BLOCK = 16
"""Side in pixels of the unit that JPEG codes with chroma of half resolution; of all others it is 8."""


class Jpeg(Replayable):
    """y = decode(encode(x)) at ``quality`` 1…100; the picture is clipped and rounded to 8 bit, as JPEG requires.

    With ``grid: anywhere`` the picture is a part of a larger one, cut anywhere, so the blocks begin anywhere; beyond
    top and left the larger picture is the mirrored one.
    """

    def __init__(
        self,
        *,
        quality: Range = (30, 95),
        subsampling: Literal["4:4:4", "4:2:2", "4:2:0"] = "4:2:0",
        grid: Literal["corner", "anywhere"] = "corner",
    ) -> None:
        self.quality = quality
        self.subsampling = subsampling
        self.grid = grid

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``quality``: an integer for every picture, uniform in the range; ``before``: rows and columns cut off."""
        low, high = (round(bound) for bound in bounds(self.quality))
        drawn: dict[str, Any] = {"quality": torch.randint(low, high + 1, (shape[0],), generator=generator).tolist()}
        if self.grid == "anywhere":
            drawn["before"] = torch.randint(0, BLOCK, (shape[0], 2), generator=generator).tolist()
        return drawn

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W with C of 1 or 3 → the same size, levels of 8 bit; target unchanged, no conditions."""
        levels = (clean.detach() * 255.0 + 0.5).floor().clamp(0, 255).to(torch.uint8)
        pixels = levels.permute(0, 2, 3, 1).cpu().numpy()
        cut = parameters.get("before", [(0, 0)] * len(pixels))
        drawn = zip(pixels, parameters["quality"], cut, strict=True)
        decoded = np.stack(
            [through_jpeg(picture, quality, self.subsampling, before) for picture, quality, before in drawn]
        )
        degraded = torch.from_numpy(decoded).to(clean.device).permute(0, 3, 1, 2).to(clean.dtype) / 255.0
        return Observation(degraded=degraded.contiguous(), target=clean, parameters=dict(parameters))


def through_jpeg(
    picture: NDArray[np.uint8], quality: int, subsampling: str, before: Sequence[int] = (0, 0)
) -> NDArray[np.uint8]:
    """Encode and decode one picture, H,W,C with C of 1 or 3 (RGB), with mirrored rows and columns ``before`` it."""
    rows, columns = before
    whole = np.pad(picture, ((rows, 0), (columns, 0), (0, 0)), mode="symmetric")
    options = [cv2.IMWRITE_JPEG_QUALITY, int(quality), cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SAMPLING[subsampling]]
    grey = picture.shape[2] == 1
    done, data = cv2.imencode(".jpg", whole if grey else whole[..., ::-1], options)
    if not done:
        raise RuntimeError("OpenCV could not encode a picture as JPEG")
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR)
    if decoded is None:
        raise RuntimeError("OpenCV could not decode the JPEG that it had just encoded")
    kept = decoded[rows:, columns:]
    return kept[..., None] if grey else np.ascontiguousarray(kept[..., ::-1])
