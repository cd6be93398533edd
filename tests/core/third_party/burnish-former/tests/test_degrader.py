"""Facts about the degrader former-degrader."""

import pytest
import torch
from burnish.conformance import Check, conform

from burnish_former.degrader import Former


@conform("former/former-degrader")
def test_it_does_what_a_degrader_must(check: Check) -> None:
    check()


def test_the_fraction_of_replaced_pixels_is_as_set() -> None:
    clean = torch.full((1, 1, 400, 400), 0.5)
    seen = Former(fraction=0.1)(clean, torch.Generator().manual_seed(0))
    assert float((seen.degraded == 0).double().mean()) == pytest.approx(0.05, abs=0.005)
    assert float((seen.degraded == 1).double().mean()) == pytest.approx(0.05, abs=0.005)
