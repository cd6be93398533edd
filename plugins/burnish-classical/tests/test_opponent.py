"""The change of colour is a rotation whose first axis is grey."""

from __future__ import annotations

import numpy as np
from burnish_classical.opponent import LUMA_AND_CHROMA


def test_changing_the_colours_keeps_white_noise_white() -> None:
    assert np.allclose(LUMA_AND_CHROMA @ LUMA_AND_CHROMA.T, np.eye(3), atol=1e-12)


def test_grey_has_no_chroma() -> None:
    assert np.allclose(LUMA_AND_CHROMA @ [0.3, 0.3, 0.3], [0.3 * np.sqrt(3), 0, 0], atol=1e-12)
