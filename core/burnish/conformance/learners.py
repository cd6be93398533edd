"""Checks of a learner: does it learn, and does the same step always give the same loss?"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, cast

import torch
from torch import Tensor, nn

from burnish.conformance.processes import two_processes
from burnish.conformance.samples import pictures
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.plugins.declarations import LearnerSpec, RestorerSpec
from burnish.recipe.training import Budget, TrainingSettings

_SIDE, _BATCH, _SIGMA = 48, 4, 0.1
_STEPS = 12
"""Of the trial whether its loss falls."""
_EXACT = 1e-3
"""The part by which sums in another order may change a gradient."""


def questions(spec: LearnerSpec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    return [fits_restorers_that_are_there, is_a_learner, gives_a_finite_loss_that_trains_the_restorer], [
        gives_the_same_loss_for_the_same_step,
        lowers_its_loss_on_one_batch,
        continues_from_its_stored_state,
        learns_the_same_in_two_processes,
        validates_with_one_finite_figure,
    ]


def is_a_learner(subject: Subject) -> None:
    """The factory is a LightningModule with a module ``restorer``."""
    demand(find_spec("lightning") is not None, "Lightning is not installed; pip install 'burnish[train]'")
    from lightning.pytorch import LightningModule

    found = subject.catalog.resolve(subject.entry)
    demand(isinstance(found, type) and issubclass(found, LightningModule), "the factory is not a LightningModule")
    demand(isinstance(getattr(_learner(subject), "restorer", None), nn.Module), "it keeps no module `restorer`")


def fits_restorers_that_are_there(subject: Subject) -> None:
    """Every restorer that it is declared for is installed and trainable."""
    for name in subject.spec.restorers:
        spec = subject.catalog.get("restorers", name).spec
        demand(isinstance(spec, RestorerSpec) and spec.trainable, f"{name} has nothing to train")


def gives_a_finite_loss_that_trains_the_restorer(subject: Subject) -> None:
    """The loss is one finite number, and every step changes the restorer."""
    learner = _learner(subject)
    loss = _loss(learner, subject, step=0)
    demand(loss.numel() == 1 and bool(loss.isfinite()), f"the loss is {loss.detach().cpu().tolist()}, not one number")
    loss.backward()  # type: ignore[no-untyped-call]
    reached = [p.grad for p in learner.restorer.parameters() if p.grad is not None]
    demand(bool(reached) and any(bool(g.abs().sum() > 0) for g in reached), "the loss does not depend on the restorer")
    demand(all(bool(g.isfinite().all()) for g in reached), "a gradient is not finite")


def gives_the_same_loss_for_the_same_step(subject: Subject) -> None:
    """Two learners of the same settings give the same loss, bit for bit, whatever torch's global seed: a training that
    is resumed is exact.
    """
    losses = []
    for seed in (1, 2):
        learner = _learner(subject)
        torch.manual_seed(seed)
        losses.append(_loss(learner, subject, step=3))
    demand(
        torch.equal(*losses),
        "the same step gave two losses; draw random numbers by burnish.training.generator(settings.seed, …, step, 0)",
    )


def lowers_its_loss_on_one_batch(subject: Subject) -> None:
    """A dozen steps of AdamW on the same batch lower the loss of that step."""
    learner = _learner(subject)
    optimizer = torch.optim.AdamW([p for p in learner.parameters() if p.requires_grad], lr=4e-3, weight_decay=0)
    losses = []
    for _ in range(_STEPS):
        loss = _loss(learner, subject, step=0)
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    fell = losses[0] - min(losses[-3:])
    demand(
        fell > 1e-3 * abs(losses[0]),
        f"after {_STEPS} steps on one batch the loss went from {losses[0]:.4g} to {losses[-1]:.4g}; "
        "it must fall: look at its sign, and at what it is compared with",
    )


def continues_from_its_stored_state(subject: Subject) -> None:
    """After a step, a new learner with the stored state gives the next loss alike."""
    first = _learner(subject)
    optimizer = torch.optim.SGD([p for p in first.parameters() if p.requires_grad], lr=1e-3)
    _loss(first, subject, step=0).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    second = _learner(subject)
    second.load_state_dict(first.state_dict())
    losses = [_loss(learner, subject, step=1) for learner in (first, second)]
    demand(torch.equal(*losses), "a learner with the stored state gives another loss; keep all state in state_dict")


def learns_the_same_in_two_processes(subject: Subject) -> None:
    """Two processes with half a batch each have on average the gradient of one process with the whole batch."""
    if not torch.distributed.is_available():
        return
    wanted = _gradient(_learner(subject), subject, part=slice(None))
    found = torch.stack(two_processes(lambda rank: _gradient(_learner(subject), subject, part=_half(rank)))).mean(0)
    error = float((found - wanted).norm() / wanted.norm().clamp_min(1e-12))
    demand(
        error < _EXACT,
        f"with two processes the gradient differs by {100 * error:.2g} %; draw random numbers for the whole step and "
        "take this process's part by self.my_share, and average by burnish.training.mean",
    )


def validates_with_one_finite_figure(subject: Subject) -> None:
    """The figure of a validation picture is one finite number."""
    learner = _learner(subject)
    with torch.no_grad():
        found = torch.as_tensor(learner.validation_step((0, _samples(subject, batch=1)), 0))
    demand(found.numel() == 1 and bool(found.isfinite()), f"the figure is {found.tolist()}, not one finite number")


class _Small(nn.Module):
    """Two convolutions: enough to learn something."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, channels, 3, padding=1)
        )

    def forward(self, degraded: Tensor, **conditions: object) -> Tensor:
        """N,C,H,W → N,C,H,W."""
        return degraded + cast(Tensor, self.layers(degraded))


def _learner(subject: Subject) -> Any:
    """With the first restorer that it is declared for, else with a small one."""
    settings = TrainingSettings(budget=Budget(steps=4), batch=_BATCH, patch=_SIDE)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        restorer: Any = _Small(_channels(subject))
        spec = RestorerSpec(name="small", factory="burnish:none", summary="Two convolutions", trainable=True)
        if subject.spec.restorers:
            entry = subject.catalog.get("restorers", subject.spec.restorers[0])
            spec = cast(RestorerSpec, entry.spec)
            restorer = subject.catalog.create("restorers", entry.id, {})
        return subject.catalog.resolve(subject.entry)(restorer.train(), None, settings, spec, **subject.config)


def _channels(subject: Subject) -> int:
    if not subject.spec.restorers:
        return 3
    entry = subject.catalog.get("restorers", subject.spec.restorers[0])
    spec = cast(RestorerSpec, entry.spec)
    return int(spec.config.get("channels", {}).get("default", max(spec.channels)))


def one_step(subject: Subject) -> Tensor:
    """Make it, let it learn from one batch, and give the loss."""
    loss = _loss(_learner(subject), subject, step=0)
    loss.backward()  # type: ignore[no-untyped-call]
    return loss


def _gradient(learner: Any, subject: Subject, *, part: slice) -> Tensor:
    """All gradients of one step on a part of the batch, as one vector."""
    _loss(learner, subject, step=1, part=part).backward()  # type: ignore[no-untyped-call]
    every = [p for p in learner.restorer.parameters() if p.requires_grad]
    return torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in every])


def _half(rank: int) -> slice:
    return slice(rank * _BATCH // 2, (rank + 1) * _BATCH // 2)


def _loss(learner: Any, subject: Subject, *, step: int, part: slice = slice(None)) -> Tensor:
    samples = {name: value[part] for name, value in _samples(subject, batch=_BATCH).items()}
    found = learner.training_step((step, samples), 0)
    loss = found["loss"] if isinstance(found, dict) else found
    assert isinstance(loss, Tensor)
    return loss


def _samples(subject: Subject, *, batch: int) -> dict[str, Tensor]:
    """Noisy pictures with what the learner needs of them, and nothing else; and all that may be known of the noise."""
    clean = pictures(batch, _channels(subject), _SIDE, _SIDE)
    draw = torch.Generator().manual_seed(9)
    shots = [clean + _SIGMA * torch.randn(clean.shape, generator=draw) for _ in range(2)]
    found = {"degraded": shots[0]}
    if subject.spec.needs != "noisy":
        found["target"] = clean if subject.spec.needs == "target" else shots[1]
    return {**found, "sigma": torch.full((batch,), _SIGMA)}
