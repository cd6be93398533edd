"""Torch's compiler: pays for long work alone, since it takes up to a minute to start."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish.inference.conditions import Conditions
from burnish.inference.engine import UnfitError
from burnish.restorer.restorer import Restorer


class Compiled:
    """Calls the compiled network, for pieces of any size."""

    name = "compile"

    def __init__(self, loaded: Restorer, precision: str) -> None:
        self.precision = precision
        self._call = torch.compile(loaded.restorer, dynamic=True)

    def __call__(self, loaded: Restorer, piece: Tensor, told: Conditions) -> object:
        """As ``Engine``.

        Raises:
            UnfitError: There is no compiler of C++ on this machine, or it cannot compile the network.
        """
        from torch._dynamo.exc import TorchDynamoException
        from torch._inductor.exc import InductorError

        laid_out = piece.contiguous(memory_format=torch.channels_last) if piece.ndim == 4 else piece.contiguous()
        try:
            with torch.autocast(loaded.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16"):
                return self._call(laid_out, **told)
        except (TorchDynamoException, InductorError) as error:
            raise UnfitError(" ".join(str(error).split())[:200]) from error
