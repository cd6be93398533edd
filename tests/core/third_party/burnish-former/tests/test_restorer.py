"""Facts about the restorer former."""

import torch
from burnish.conformance import Check, conform

from burnish_former.restorer import Former


@conform("former/former")
def test_it_does_what_a_restorer_must(check: Check) -> None:
    check()


def test_before_training_the_picture_comes_back() -> None:
    picture = torch.rand(1, 3, 9, 9)
    assert torch.equal(Former()(picture), picture)
