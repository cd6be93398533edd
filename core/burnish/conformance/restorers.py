"""Checks of a restorer: shapes, sizes, channels, needs, determinism, tiles, batches, and training if declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import torch
from torch import Tensor

from burnish.conformance.samples import conditions, observed
from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand
from burnish.inference import Restorer, restore
from burnish.inference.calling import expected_shape
from burnish.inference.conditions import prepare
from burnish.inference.receptive_field import Place, reach
from burnish.plugins.declarations import RestorerSpec

_FARTHEST = 4096
"""Larger receptive fields, in pixels, are not checked: the picture would be too large for a test."""

_BEYOND = 64
"""Pixels beyond the declared receptive field among which a dependence is looked for."""


def questions(spec: RestorerSpec) -> list[Callable[[Subject], None]]:
    """The checks that apply to the declaration."""
    asked: list[Callable[[Subject], None]] = [
        is_made_from_its_settings,
        takes_exactly_its_needs,
        restores_any_size,
        takes_every_declared_number_of_channels,
        leaves_its_input_as_it_is,
        restores_each_picture_of_a_batch_by_itself,
    ]
    if spec.temporal != "single":
        asked.append(takes_any_number_of_frames)
    if spec.deterministic:
        asked.append(is_deterministic)
    if spec.tiling == "overlap":
        asked += [gives_the_same_with_and_without_tiles, depends_on_nothing_beyond_its_receptive_field]
    if spec.trainable:
        asked += [can_be_trained, restores_the_same_from_stored_weights]
    if spec.learner:
        asked.append(names_an_existing_learner)
    if spec.weights:
        asked.append(ships_weights_that_fit_with_a_card)
    return asked


def is_made_from_its_settings(subject: Subject) -> None:
    """The factory can be imported and called with the complete configuration, and returns a callable."""
    demand(callable(subject.loaded.restorer), "the factory's result cannot be called")


def takes_exactly_its_needs(subject: Subject) -> None:
    """It can be called with the picture and its declared needs by keyword, and also with everything that it accepts."""
    restorer: Any = subject.loaded.restorer
    function = restorer.forward if isinstance(restorer, torch.nn.Module) else restorer
    for told in (subject.spec.needs, subject.spec.needs | subject.spec.accepts):
        try:
            inspect.signature(function).bind(None, **dict.fromkeys(told))
        except TypeError as error:
            needed = ", ".join(sorted(told)) or "no condition"
            demand(False, f"it is declared to take {needed}, but its call does not match: {error}")


def restores_any_size(subject: Subject) -> None:
    """The estimate is finite and of the declared size, at odd sizes and down to the smallest, padded by the host."""
    loaded = subject.loaded
    multiple, least = loaded.size_multiple, loaded.min_size
    sizes = {(least, least), (max(1, multiple - 1), multiple + 1), (29, 37), (least + multiple, 2 * multiple + least)}
    for height, width in sorted(sizes):
        degraded = observed(loaded, height, width)
        shape, wanted = tuple(_restored(loaded, degraded).shape), expected_shape(loaded, degraded)
        demand(shape == wanted, f"the estimate of {tuple(degraded.shape)} is {shape} instead of {wanted}")


def takes_every_declared_number_of_channels(subject: Subject) -> None:
    """Each declared number of channels works; grey and RGB always work through the host."""
    loaded = subject.loaded
    for channels in sorted({*loaded.channels, 1, *((3,) if {1, 3} & set(loaded.channels) else ())}):
        degraded = observed(loaded, 24, 28, channels=channels)
        found = _restored(loaded, degraded).shape[-3]
        demand(found == channels, f"a picture of {channels} channels came back with {found}")


def takes_any_number_of_frames(subject: Subject) -> None:
    """It works with one, two and six frames."""
    loaded = subject.loaded
    for frames in (1, 2, 6):
        degraded = observed(loaded, 24, 28, frames=frames)
        shape, wanted = tuple(_restored(loaded, degraded).shape), expected_shape(loaded, degraded)
        demand(shape == wanted, f"the estimate of {frames} frames is {shape} instead of {wanted}")


def leaves_its_input_as_it_is(subject: Subject) -> None:
    """Nothing is changed in place."""
    loaded = subject.loaded
    height = loaded.fitting(16)
    degraded = observed(loaded, height, height)
    told = {key: value for key, value in conditions(loaded, degraded).items() if key in loaded.spec.needs}
    copies = {key: value.clone() for key, value in told.items() if isinstance(value, Tensor)}
    before = degraded.clone()
    with torch.no_grad():
        loaded.restorer(degraded, **told)
    demand(torch.equal(degraded, before), "it writes into its input picture; work on a copy")
    for key, copy in copies.items():
        demand(torch.equal(torch.as_tensor(told[key]), copy), f"it writes into the condition {key}; work on a copy")


def restores_each_picture_of_a_batch_by_itself(subject: Subject) -> None:
    """Two pictures together give what each gives alone."""
    loaded = subject.loaded
    degraded = observed(loaded, 24, 28, batch=2)
    both = _restored(loaded, degraded)
    demand(len(both) == 2, f"two pictures gave {len(both)}")
    if subject.spec.deterministic:
        alone = torch.cat([_restored(loaded, degraded[i : i + 1]) for i in range(2)])
        _same(both, alone, "a picture's estimate depends on the rest of the batch")


def is_deterministic(subject: Subject) -> None:
    """The same picture twice gives the same estimate, bit for bit, whatever torch's global seed."""
    loaded = subject.loaded
    degraded = observed(loaded, 24, 28)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        first = _restored(loaded, degraded)
        torch.manual_seed(2)
        second = _restored(loaded, degraded)
    demand(torch.equal(first, second), "two runs differ; declare deterministic=False, or draw from a fixed seed")


def gives_the_same_with_and_without_tiles(subject: Subject) -> None:
    """A picture tiled with the receptive field as overlap gives the same estimate to 1e-5."""
    loaded = subject.loaded
    field, multiple = loaded.receptive_field, loaded.size_multiple
    demand(field is not None, "tiling is overlap without a finite receptive_field; give one, or declare blend or whole")
    if field is None or field > _FARTHEST:
        return
    keep = -(-(field // 2 + 2 * max(multiple, 8)) // multiple) * multiple
    for height, width in ((2 * keep - 1, multiple + 9), (multiple + 9, 2 * keep - 1)):
        degraded = observed(loaded, height, width)
        whole, pieces = _restored(loaded, degraded, tile=0), _restored(loaded, degraded, tile=keep)
        message = f"tiles of {keep} show seams in {width}×{height}: the receptive field is larger than {field}"
        _same(pieces, whole, message)


def depends_on_nothing_beyond_its_receptive_field(subject: Subject) -> None:
    """At several places of several pictures the estimate depends on no pixel beyond what the host gives a tile."""
    loaded = subject.loaded
    field, multiple = loaded.receptive_field, loaded.size_multiple
    if field is None or field > _FARTHEST:  # the question before this one refuses None
        return
    margin = -(-(field // 2) // multiple) * multiple  # whole pixels of the grid, as the host cuts
    narrow, long, side = (loaded.fitting(multiple + more) for more in (9, margin + _BEYOND, margin + _BEYOND // 2))
    strips, squares = [(narrow, long), (long, narrow)], [(side, side)] if margin <= _BEYOND else []
    loaded = _awake(subject)
    for seed, (height, width) in enumerate(strips + squares):
        degraded = observed(loaded, height, width, seed=seed)
        told = prepare(loaded, conditions(loaded, degraded), degraded)
        places = _near_corners(height, width, multiple, seed)
        found = reach(loaded, degraded, told, places if height == width else places[::3])
        demand(
            found.farthest <= margin,
            f"a pixel of the estimate depends on a pixel {found.farthest} away, but its receptive field is declared as "
            f"{field}; give receptive_field={found.side} or more, or take that dependence out of the restorer",
        )


def can_be_trained(subject: Subject) -> None:
    """It is a module, and every trainable parameter receives a finite gradient."""
    module = subject.make()
    demand(isinstance(module, torch.nn.Module), "it is declared trainable, but is not a torch.nn.Module")
    module.train()
    loaded = subject.loaded
    side = loaded.fitting(32)
    degraded = observed(loaded, side, side, batch=2)
    told = {key: value for key, value in conditions(loaded, degraded).items() if key in loaded.spec.needs}
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

    loaded = subject.loaded
    module: Any = loaded.restorer
    other = subject.make()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(load(save({key: value.clone().contiguous() for key, value in module.state_dict().items()})))
    other.eval()
    degraded = observed(loaded, 24, 28)
    twin = replace(loaded, restorer=other)
    _same(
        _restored(twin, degraded),
        _restored(loaded, degraded),
        "state that the estimate depends on is not in the state_dict",
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
        shape, wanted = tuple(_restored(loaded, degraded).shape), expected_shape(loaded, degraded)
        demand(shape == wanted, f"with the weights {name} the estimate is {shape} instead of {wanted}")


def _near_corners(height: int, width: int, multiple: int, seed: int) -> list[Place]:
    """A place near each corner, from which the far end lies beyond the receptive field; where exactly, is drawn."""
    draw = torch.Generator().manual_seed(seed)
    inward = min(multiple + 3, height // 2, width // 2)
    steps = torch.randint(0, inward, (4, 2), generator=draw).tolist()
    return [
        (height - 1 - down if bottom else down, width - 1 - right if last else right)
        for (down, right), (bottom, last) in zip(steps, product((False, True), repeat=2), strict=True)
    ]


def _awake(subject: Subject) -> Restorer:
    """A trainable restorer whose parameters of zeros, which hide what training will use, have other values."""
    network = subject.make() if subject.spec.trainable else None
    if not isinstance(network, torch.nn.Module):
        return subject.loaded
    network = network.eval().requires_grad_(False)
    draw = torch.Generator().manual_seed(0)
    for value in network.parameters():
        if not bool(value.any()):
            value.copy_(0.1 * torch.randn(value.shape, generator=draw))
    return replace(subject.loaded, restorer=network)


def _restored(loaded: Restorer, degraded: Tensor, *, tile: int = 0) -> Tensor:
    return restore(loaded, degraded, conditions(loaded, degraded), tile=tile, precision="fp32")


def _same(found: Tensor, wanted: Tensor, message: str) -> None:
    largest = float((found - wanted).abs().max())
    demand(largest <= 1e-5 * max(1.0, float(wanted.abs().max())), f"{message} (largest difference {largest:.2g})")
