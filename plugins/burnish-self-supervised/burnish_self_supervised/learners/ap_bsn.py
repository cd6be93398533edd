"""AP-BSN: a blind-spot network learns on pictures taken far apart, for related noise (Lee et al. 2022)."""

from __future__ import annotations

from typing import Any, Literal

from burnish.training import Batch
from torch import Tensor

from burnish_self_supervised.learners.noisy_learner import NoisyLearner, decibels, even_part
from burnish_self_supervised.networks.ap_bsn_net import APBSNNet


class APBSN(NoisyLearner):
    """``mean |B(y) − y|`` where B takes y apart by ``stride``, guesses every pixel from others, and puts it together.

    The stride must be so large that pixels that far apart have independent noise; the paper's 5 is for sRGB
    photographs. In use the network's own, smaller stride counts (arXiv 2203.11799).
    """

    restorer: APBSNNet

    def __init__(self, *args: Any, stride: int = 5, loss: Literal["l1", "l2"] = "l1") -> None:
        super().__init__(*args)
        self.stride = stride
        self.power = {"l1": 1, "l2": 2}[loss]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Guess every pixel from others, compare."""
        degraded = even_part(self.noisy_batch(batch).degraded, self.stride)
        return (self.restorer.blind(degraded, self.stride).float() - degraded).abs().pow(self.power).mean()

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """PSNR in dB of the guess of one crop against its noisy pixels."""
        degraded = even_part(self.noisy_crop(batch).degraded, self.stride)
        return decibels((self.restorer.blind(degraded, self.stride).clamp(0.0, 1.0) - degraded).square())
