"""σ in light: what may be given stays within what may be given, and what may not is refused as it was given."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish.errors import RestorationError
from burnish.inference import Restorer, into_light, restore
from burnish.ops.transfer import transfer_named

BRIGHT = torch.full((2, 1, 8, 8), 0.9)
"""Values at which sRGB's curve is steeper than 1."""


def test_noise_that_would_be_more_than_1_in_light_counts_as_1() -> None:
    _, told = into_light(BRIGHT, {"sigma": torch.tensor([0.1, 0.6])}, transfer_named("srgb"), accepts=frozenset())
    assert told["sigma"][0] == pytest.approx(0.1 * 2.4 / 1.055 * (0.955 / 1.055) ** 1.4)
    assert told["sigma"][1] == 1


@pytest.mark.parametrize("sigma", [1.5, -0.25])
def test_noise_out_of_range_is_refused_by_the_number_that_was_given(
    wrap: Callable[..., Restorer], sigma: float
) -> None:
    loaded = wrap(lambda degraded, sigma: degraded, needs=frozenset({"sigma"}), light="linear")
    with pytest.raises(RestorationError, match=rf"sigma is \[{sigma}"):
        restore(loaded, BRIGHT[:1], {"sigma": sigma}, transfer="srgb")
    assert restore(loaded, BRIGHT[:1], {"sigma": 0.6}, transfer="srgb").shape == (1, 1, 8, 8)
