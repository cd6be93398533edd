"""What no format can hold is refused before it is recorded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish.errors import UsageError
from burnish.exporting.refusing import refuse, refuse_solving
from burnish.inference import Restorer
from burnish.inference.engine import UnfitError
from torch import nn

from tests.core.exporting.conftest import Frames, OneAtATime

Make = Callable[..., Restorer]


class Solving(OneAtATime):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.linalg.solve(torch.eye(2), torch.ones(2))[0]


class Normed(OneAtATime):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(x)


def test_what_is_no_network_of_torch_with_parameters_is_refused(restorer: Make) -> None:
    for other in (lambda x: x, nn.Identity()):
        with pytest.raises(UsageError, match="is no network of torch, and cannot be exported"):
            refuse(restorer(other))


def test_what_draws_random_numbers_is_refused(restorer: Make) -> None:
    with pytest.raises(UsageError, match="draws random numbers"):
        refuse(restorer(Frames(), deterministic=False))


def test_what_solves_equations_is_refused_and_a_norm_is_not(restorer: Make) -> None:
    with pytest.raises(UnfitError, match=r"it solves equations \(aten._?linalg_solve.*\), for which ONNX has no"):
        refuse_solving(restorer(Solving()))
    refuse_solving(restorer(Normed(), size_multiple=24))
