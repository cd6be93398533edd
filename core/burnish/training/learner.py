"""The supervised learner: degrade clean patches on the device, restore them, compare; the base of plugins' learners."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn

from burnish.errors import TrainingError
from burnish.inference.linear_light import in_light
from burnish.ops.padding import crop_back
from burnish.plugins.declarations import RestorerSpec
from burnish.protocols import Degrader, Observation
from burnish.recipe.training import TrainingSettings
from burnish.restorer.traits import Traits, resolved
from burnish.training.budget import Clock
from burnish.training.optim.losses import LOSSES
from burnish.training.optim.optimizers import make_optimizer
from burnish.training.randomness import generator
from burnish.training.sharing import gathered, members, my_share

if TYPE_CHECKING:
    from lightning.pytorch.utilities.types import OptimizerLRScheduler

Batch = tuple[int, Tensor | dict[str, Tensor]]
"""(step, clean patches N,C,P,P uint8 or float32) in training; (index, crop 1,C,H,W float32) in validation. Of real
observations the second is a mapping: ``degraded``, ``target`` and what is known; see ``observe_batch``."""


class SupervisedLearner(LightningModule):
    """Owns loss and optimizer of one restorer.

    What a plugin's ``LearnerSpec.factory`` or ``RestorerSpec.learner`` names is called in the same way,
    ``Learner(restorer, degrader, settings, spec)``, a declared learner with its configuration as further keywords, and
    is best a subclass that overrides ``training_step`` and ``configure_optimizers`` (with
    ``automatic_optimization = False`` where it has several optimizers, clipping gradients itself). The host asks of it:
    a module ``restorer``, whose weights are averaged and bundled; ``training_step(batch, batch_idx)`` that returns the
    loss (a scalar, or a mapping with ``loss``); ``validation_step(batch, batch_idx)`` that returns PSNR in dB, or
    another figure of which more is better. Where several processes train together, each is given its share of a step's
    patches, and what is drawn for a step must be drawn for all of it: ``observe_batch`` does, and ``self.my_share``
    takes a process's part of any other draw. The host sets ``clock`` before the fit, the random seed before every step,
    and, where ``configure_optimizers`` gives no scheduler, every parameter group's learning rate by the recipe's
    schedule. All state must be in ``state_dict`` and the optimizers, else a resumed training is not exact.
    """

    ranks_weights: bool = True
    """Whether a higher figure of the validation means better weights. If not, the last weights are bundled instead of
    those with the highest figure, and ``patience`` is refused."""

    def __init__(
        self, restorer: nn.Module, degrader: Degrader | None, settings: TrainingSettings, spec: RestorerSpec
    ) -> None:
        super().__init__()
        self.restorer = restorer
        self.degrader = degrader
        self.settings = settings
        self.spec = spec
        self.clock = Clock(steps=settings.budget.steps or 1)
        if degrader is not None and isinstance(degrader, nn.Module):
            degrader.requires_grad_(False)

    def observe(self, clean: Tensor, *words: str | int) -> Observation:
        """Degrade N,C,H,W (uint8, or float32 in [0, 1]) on its device, seeded by the recipe's seed and ``words``."""
        if self.degrader is None:
            raise TrainingError("the data are degraded already: use observe_batch and observe_crop")
        with torch.no_grad(), torch.autocast(self.device.type, enabled=False):
            pictures = clean.float().div_(255.0) if clean.dtype == torch.uint8 else clean
            return self.degrader(pictures, generator(self.settings.seed, *words))

    def observe_batch(self, batch: Batch) -> Observation:
        """The observation of one training step, in every form of data.

        Clean patches are degraded, seeded by recipe and step alone: every process degrades the patches of all and keeps
        its own part, so that the same pictures are seen whatever the number of processes. ``parameters`` are those of
        the whole batch. Of pairs the target is the clean picture, of scenes another shot. Of degraded pictures alone it
        has no elements, so that nothing can be compared with it by accident.
        """
        step, clean = batch
        if isinstance(clean, dict):
            return self._observed(clean, "degradation", step, 0)
        whole = gathered(clean)
        observation = self.observe(whole, "degradation", step, 0)
        if len(whole) == len(clean):
            return observation
        return self._my_part(observation, len(whole))

    def observe_crop(self, batch: Batch) -> Observation:
        """The observation of one picture of the validation, in every form of data; see ``observe_batch``."""
        index, clean = batch
        if isinstance(clean, dict):
            return self._observed(clean, "validation", index)
        return self.observe(clean, "validation", index)

    def _observed(self, samples: dict[str, Tensor], *words: str | int) -> Observation:
        """A real observation. A degrader degrades it further, and then only what the degrader says is known of it."""
        degraded = samples["degraded"]
        target = samples.get("target", degraded.new_empty(0))
        known = {name: value for name, value in samples.items() if name not in ("degraded", "target")}
        if self.degrader is None:
            scale = target.shape[-1] // degraded.shape[-1] if target.numel() else 1
            return Observation(degraded=degraded, target=target, conditions={**known, "scale": scale})
        whole = gathered(degraded) if words[0] == "degradation" else degraded
        further = self.observe(whole, *words)
        if further.degraded.shape != whole.shape:
            raise TrainingError(
                "the degrader changes the size of the pictures, so that they no longer fit the clean ones; after pairs "
                "use one that keeps it"
            )
        mine = self._my_part(further, len(whole)) if len(whole) != len(degraded) else further
        return replace(mine, target=target)

    def _my_part(self, observation: Observation, pictures: int) -> Observation:
        conditions = {name: self._my_condition(value, pictures) for name, value in observation.conditions.items()}
        return replace(
            observation,
            degraded=self.my_share(observation.degraded),
            target=self.my_share(observation.target),
            conditions=conditions,
        )

    @property
    def traits(self) -> Traits:
        """What the restorer says of itself, else its declaration: sizes, ``padded``, light."""
        return Traits(spec=self.spec, config={}, restorer=self.restorer)

    @property
    def processes(self) -> int:
        """How many train together."""
        return members()[1]

    def my_share(self, whole: Tensor) -> Tensor:
        """The part of this process of N,…, where N counts the pictures of all processes."""
        return my_share(whole)

    def estimate(self, observation: Observation) -> Tensor:
        """Restore N,C,H,W (or N,T,C,H,W) with the conditions that the restorer needs; padded to its sizes and cropped.

        Raises:
            TrainingError: The degrader does not give a condition, or the estimate has not the target's shape.
        """
        degraded = observation.degraded
        estimate = self.restored(degraded, observation)
        if observation.target.numel() and estimate.shape != observation.target.shape:
            raise TrainingError(
                f"{self.spec.name} makes {tuple(estimate.shape)} of {tuple(degraded.shape)}, but the degrader's target "
                f"is {tuple(observation.target.shape)}; choose a scale and a patch that fit both"
            )
        return estimate

    def restored(self, degraded: Tensor, observation: Observation) -> Tensor:
        """Restore another input, N,C,H,W (or N,T,C,H,W), under the conditions of an observation; padded and cropped.

        Raises:
            TrainingError: A condition that the restorer needs is not known.
        """
        padded = self.traits.padded(degraded)
        if padded.dim() == 4:
            padded = padded.contiguous(memory_format=torch.channels_last)
        estimate = self._restored(padded, observation)
        given, frame = (degraded.shape[-2], degraded.shape[-1]), (padded.shape[-2], padded.shape[-1])
        return crop_back(estimate, given=given, padded=frame)

    def _restored(self, padded: Tensor, observation: Observation) -> Tensor:
        """In the light that the restorer is given when it is used, by the curve that the degrader names."""
        told = self._conditions(observation)
        own = resolved(self.restorer, "transfer", "linear") != "linear"
        if observation.transfer is None or self.traits.light != "linear" or own:
            found: Tensor = self.restorer(padded, **told)
            return found
        return in_light(observation.transfer, self.restorer, padded, **told)

    def loss(self, estimate: Tensor, target: Tensor) -> Tensor:
        """The recipe's loss: a scalar."""
        return LOSSES[self.settings.loss](estimate, target)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Degrade, restore, compare."""
        observation = self.observe_batch(batch)
        return self.loss(self.estimate(observation), observation.target)

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """PSNR in dB of one crop: ``−10 log10 mean (clip(x) − y)²`` over all channels, at most 100; float64."""
        observation = self.observe_crop(batch)
        error = self.estimate(observation).double().clamp(0.0, 1.0) - observation.target.double()
        return -10.0 * error.square().mean().clamp_min(1e-10).log10()

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The recipe's optimizer over the restorer's weights."""
        parameters = [p for p in self.restorer.parameters() if p.requires_grad]
        return make_optimizer(self.settings, parameters)

    def configure_gradient_clipping(self, optimizer: torch.optim.Optimizer, *_: object, **__: object) -> None:
        """Clip the gradients' norm; here and not in Lightning, which refuses to clip for fused optimizers."""
        if self.settings.gradient_clip > 0:
            weights = [p for group in optimizer.param_groups for p in group["params"]]
            nn.utils.clip_grad_norm_(weights, self.settings.gradient_clip)

    def _my_condition(self, value: object, pictures: int) -> object:
        if isinstance(value, Tensor) and value.dim() > 0 and len(value) == pictures:
            return self.my_share(value)
        return value

    def _conditions(self, observation: Observation) -> dict[str, object]:
        missing = sorted(self.spec.needs - observation.conditions.keys())
        if missing:
            source = "the degrader does" if self.degrader else "files beside the pictures do"
            raise TrainingError(
                f"{self.spec.name} needs {', '.join(missing)}, which {source} not give; choose another restorer"
            )
        return {name: observation.conditions[name] for name in sorted(self.spec.needs)}
