"""The restorer former: four convolutions as a starting point."""

from itertools import pairwise

import torch
from torch import Tensor, nn


class Former(nn.Module):
    """The picture and a correction of it: x + f(x), f of four 3×3 convolutions with rectifiers between.

    All that it learns must be in its ``state_dict``: layers as attributes or in ``nn.ModuleList``, never in a plain
    list. A bundle holds these weights, and its settings.
    """

    def __init__(self, *, features: int = 16) -> None:
        super().__init__()
        sizes = [3, features, features, features, 3]
        self.layers = nn.ModuleList(nn.Conv2d(before, after, 3, padding=1) for before, after in pairwise(sizes))
        nn.init.zeros_(self.layers[-1].get_parameter("weight"))  # training begins with the picture as it is
        nn.init.zeros_(self.layers[-1].get_parameter("bias"))

    def forward(self, degraded: Tensor) -> Tensor:
        """N,3,H,W float32 in [0, 1] → the same; the host clips and rounds. Needed conditions come as keywords."""
        found = degraded
        for layer in self.layers[:-1]:
            found = torch.relu(layer(found))
        correction: Tensor = self.layers[-1](found)
        return degraded + correction
