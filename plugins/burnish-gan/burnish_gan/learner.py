"""The learner of both networks: first content loss only, then also critics, each with its own optimizer."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import torch
from burnish.errors import TrainingError
from burnish.training import SupervisedLearner
from torch import Tensor, nn

from burnish_gan.balance import Balance
from burnish_gan.band_energies import BandEnergies
from burnish_gan.critics import SMALLEST, LocalCritic, WholeCritic
from burnish_gan.relativistic import Form, critic_loss, generator_loss

TOLERATED = 1.5
"""Largest loss of PSNR in dB that training with critics may cost."""

BETAS = (0.5, 0.999)
"""Of the critics' Adam."""


class AdversarialLearner(SupervisedLearner):
    """Generator: pixels + content, and after part of the budget also the critics' loss; critics: their own loss.

    The restorer carries its ``Balance``. Both take their step from the same state: one backward pass through the sum
    of their losses, in which the generator's part meets the critics with their weights held fixed. So every parameter
    gets its gradient once in a step, as distributed training asks. The critics are no part of ``restorer``, and hence
    of no bundle. All that lasts is weights, the critics' power iterations (buffers) and the two optimizers; which phase
    a step belongs to is a function of the clock.
    """

    form: ClassVar[Form]
    """Of the relativistic losses."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.automatic_optimization = False
        self.balance: Balance = self.restorer.balance  # type: ignore[assignment]
        self.content = BandEnergies()
        if self.settings.patch < SMALLEST:
            raise TrainingError(
                f"{self.spec.name}: its critics need patches of {SMALLEST} pixels or more; raise training.patch"
            )
        self.critics = nn.ModuleList(self.make_critics(int(self.restorer.channels)))  # type: ignore[arg-type]

    def make_critics(self, channels: int) -> list[nn.Module]:
        """The critics; all have the same weight."""
        raise NotImplementedError

    @property
    def adversarial(self) -> bool:
        """Whether the critics take part at this step."""
        return self.balance.adversarial_weight > 0 and self.clock.fraction >= self.balance.pretraining

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        """Degrade, restore, judge, and step; returns the generator's loss without critics, which is comparable."""
        observation = self.observe_batch(batch)
        estimate, target = self.estimate(observation), observation.target
        loss = self.loss(estimate, target) + self.balance.content_weight * self.content(estimate, target)
        generator, critics = cast("list[Any]", self.optimizers())
        generator.zero_grad()
        critics.zero_grad()
        figures = {"loss": loss.detach()}
        if self.adversarial:
            judged, critical = self.judge(estimate, target)
            figures |= {"adversarial": judged.detach(), "critics": critical.detach()}
            self.manual_backward(loss + self.balance.adversarial_weight * judged + critical)
            self._step(critics)
        else:
            self.manual_backward(loss + self._nothing())
        self._step(generator)
        return figures

    def judge(self, estimate: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The generator's adversarial loss and the critics' loss; neither has gradients for the other's networks.

        Means over the critics.
        """
        adversarial, critical = estimate.new_zeros((), dtype=torch.float32), estimate.new_zeros((), dtype=torch.float32)
        for critic in self.critics:
            real = critic(target)
            critical = critical + critic_loss(real, critic(estimate.detach()), self.form)
            critic.requires_grad_(False)
            adversarial = adversarial + generator_loss(real.detach(), critic(estimate), self.form)
            critic.requires_grad_(True)
        return adversarial / len(self.critics), critical / len(self.critics)

    def validation_step(self, batch: Any, batch_idx: int) -> Tensor:
        """PSNR in dB of one crop less ``handicap``: float64."""
        return super().validation_step(batch, batch_idx) - self.handicap

    @property
    def handicap(self) -> float:
        """Deduction of the validation, in dB: 1.5 · the remaining part of the phase with critics; 0 without critics.

        PSNR alone would always choose weights of the first phase, since critics cost some. So the longer critics have
        taught, the better; but weights whose PSNR is more than 1.5 dB below the best of the first phase are never
        chosen. At the end of the budget the figure is PSNR.
        """
        alone = self.balance.pretraining
        if self.balance.adversarial_weight == 0 or alone >= 1:
            return 0.0
        return TOLERATED * min(1.0, (1.0 - self.clock.fraction) / (1.0 - alone))

    def configure_optimizers(self) -> Any:
        """The recipe's for the generator; Adam at the same rate for all critics."""
        critics = torch.optim.Adam(self.critics.parameters(), lr=self.settings.learning_rate, betas=BETAS)
        return [super().configure_optimizers(), critics]

    def _step(self, optimizer: Any) -> None:
        self.configure_gradient_clipping(optimizer)
        optimizer.step()

    def _nothing(self) -> Tensor:
        """Zero, with a gradient of zero for the critics: distributed training waits for every gradient."""
        several = self.trainer.world_size > 1
        parts = [parameter.sum() for parameter in self.critics.parameters()] if several else []
        return 0.0 * torch.stack(parts).sum() if parts else torch.zeros((), device=self.device)


class DeblurGANLearner(AdversarialLearner):
    """DeblurGAN-v2's: relativistic average least squares, a local and a global critic."""

    form = "least-squares"

    def make_critics(self, channels: int) -> list[nn.Module]:
        """One critic of 70×70 pixels, one of the whole patch."""
        features = self.balance.critic_features
        return [LocalCritic(channels, features), WholeCritic(channels, features)]


class ESRGANLearner(AdversarialLearner):
    """ESRGAN's: relativistic average logistic loss, one critic of the patch."""

    form = "logistic"

    def make_critics(self, channels: int) -> list[nn.Module]:
        """One critic of the whole patch."""
        return [WholeCritic(channels, self.balance.critic_features)]
