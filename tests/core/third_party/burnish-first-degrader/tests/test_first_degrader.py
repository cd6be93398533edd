"""Facts about the degrader first-degrader."""

import pytest
import torch
from burnish.conformance import Check, conform

from burnish_first_degrader.first_degrader import FirstDegrader


@conform("first-degrader/first-degrader")
def test_it_does_what_a_degrader_must(check: Check) -> None:
    check()


def test_as_many_pixels_are_spoiled_as_asked() -> None:
    clean = torch.full((1, 1, 400, 400), 0.5)
    seen = FirstDegrader(fraction=0.1)(clean, torch.Generator().manual_seed(0))
    assert float((seen.degraded == 0).double().mean()) == pytest.approx(0.05, abs=0.005)
    assert float((seen.degraded == 1).double().mean()) == pytest.approx(0.05, abs=0.005)
