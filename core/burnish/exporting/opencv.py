"""Whether OpenCV's ``dnn`` opens an ONNX file and agrees: said of each, since OpenCV lacks operators."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from burnish.exporting.parity import Run, compared
from burnish.exporting.subject import Arrays, Subject
from burnish.inference.engine import UnfitError


def verdict(subject: Subject, place: Path) -> str:
    """``agrees to 141 dB``, or why not."""
    try:
        return f"agrees to {min(one.psnr for one in compared(_opened(place), subject)):.0f} dB"
    except UnfitError as error:
        return f"no: {error}"


def _opened(place: Path) -> Run:
    content = np.frombuffer(place.read_bytes(), np.uint8)

    def run(inputs: Arrays) -> NDArray[np.float32]:
        network = cv2.dnn.readNetFromONNX(content)
        for name, value in inputs.items():
            network.setInput(value, name)
        estimate: NDArray[np.float32] = network.forward()
        return estimate

    return run
