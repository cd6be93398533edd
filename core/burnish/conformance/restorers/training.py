"""Of a network: it can be trained, its weights are all that it knows, and those that ship fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from burnish.conformance.restorers.running import awake, demand_same, restored
from burnish.conformance.samples import needed, observed
from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand
from burnish.inference.calling import expected_shape


def can_be_trained(subject: Subject) -> None:
    """It is a module, and every trainable parameter receives a finite gradient."""
    module = subject.make()
    demand(isinstance(module, torch.nn.Module), "it is declared trainable, but is not a torch.nn.Module")
    module.train()
    loaded = subject.loaded
    side = loaded.fitting(32)
    degraded = observed(loaded, side, side, batch=2)
    told = needed(loaded, degraded)
    estimate = module(degraded, **told)
    (estimate - 0.3).square().mean().backward()
    wanting = {name: value for name, value in module.named_parameters() if value.requires_grad}
    demand(bool(wanting), "it is declared trainable, but has no parameter")
    without = [name for name, value in wanting.items() if value.grad is None]
    demand(not without, f"no gradient reaches {len(without)} parameters, first {without[0] if without else ''}")
    broken = [name for name, value in wanting.items() if not bool(torch.isfinite(value.grad).all())]
    demand(not broken, f"the gradient is not finite for {len(broken)} parameters, first {broken[0] if broken else ''}")


def restores_the_same_from_stored_weights(subject: Subject) -> None:
    """Another instance with weights loaded from safetensors gives the same estimate."""
    from safetensors.torch import load, save

    loaded = awake(subject)
    module: Any = loaded.restorer
    other = subject.make(seed=1)  # unlike wherever weights are not in the state_dict
    other.load_state_dict(load(save({key: value.clone().contiguous() for key, value in module.state_dict().items()})))
    other.eval()
    degraded = observed(loaded, 24, 28)
    twin = replace(loaded, restorer=other)
    demand_same(
        restored(twin, degraded),
        restored(loaded, degraded),
        "it knows something that is not in its state_dict (layers in a plain list?), so a bundle loses it",
    )


def names_an_existing_learner(subject: Subject) -> None:
    """The declared learner can be imported."""
    import importlib

    module, _, attribute = subject.spec.learner.partition(":")
    found = getattr(importlib.import_module(module), attribute, None)
    demand(callable(found), f"the learner {subject.spec.learner} does not exist")


def ships_weights_that_fit_with_a_card(subject: Subject) -> None:
    """Shipped weights load, belong to the restorer, have a card (README.md), and restore a picture."""
    from burnish.inference import load_restorer
    from burnish.inference.loading.shipped import shipped_bundle

    for name in sorted(subject.spec.weights):
        folder = shipped_bundle(subject.entry, name)
        card = folder / "README.md"
        written = card.is_file() and bool(card.read_text(encoding="utf-8").strip())
        demand(written, f"the weights {name} have no card; describe their training data in {card.name} next to them")
        loaded = load_restorer(f"{subject.entry.id}:{name}", device="cpu", catalog=subject.catalog)
        demand(loaded.id == subject.entry.id, f"the weights {name} are those of {loaded.id}")
        degraded = observed(loaded, 24, 28)
        shape, wanted = tuple(restored(loaded, degraded).shape), expected_shape(loaded, degraded)
        demand(shape == wanted, f"with the weights {name} the estimate is {shape} instead of {wanted}")
