"""Facts about the restorer first-restorer."""

import torch
from burnish.conformance import Check, conform

from burnish_first_restorer.first_restorer import FirstRestorer


@conform("first-restorer/first-restorer")
def test_it_does_what_a_restorer_must(check: Check) -> None:
    check()


def test_a_single_wrong_pixel_vanishes() -> None:
    clean = torch.full((1, 3, 9, 9), 0.5)
    degraded = clean.clone()
    degraded[..., 4, 4] = 1.0
    assert torch.equal(FirstRestorer()(degraded), clean)
