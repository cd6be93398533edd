"""Checks of a restorer: its call, its conditions, what it does to a picture, how far it looks, and its training."""

from __future__ import annotations

from burnish.conformance.restorers import calling, conditions, fidelity, tiling, training
from burnish.conformance.subject import Questions
from burnish.plugins.declarations import RestorerSpec


def questions(spec: RestorerSpec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    first: Questions = [
        calling.is_made_from_its_settings,
        calling.takes_exactly_its_needs,
        calling.restores_a_picture,
        calling.takes_every_declared_number_of_channels,
    ]
    if spec.deterministic:
        first.append(calling.is_deterministic)
    if spec.weights:
        first.append(training.ships_weights_that_fit_with_a_card)
    others: Questions = [
        calling.restores_any_size,
        calling.leaves_its_input_as_it_is,
        calling.restores_each_picture_of_a_batch_by_itself,
    ]
    if spec.config:
        others.append(calling.works_with_every_value_of_its_settings)
    if "scale" in spec.config and len(spec.scale) > 1 and not spec.suffixes:  # else the file tells
        others.append(calling.enlarges_by_every_declared_scale)
    if spec.temporal != "single":
        others.append(calling.takes_any_number_of_frames)
    if spec.deterministic and spec.needs - {"scale"}:
        others.append(conditions.uses_every_condition_that_it_needs)
    if "kernel" in spec.needs:
        others.append(conditions.takes_kernels_of_every_odd_side)
    others += fidelity.questions(spec)
    if spec.tiling == "overlap":
        others += [
            tiling.gives_the_same_with_and_without_tiles,
            tiling.depends_on_nothing_beyond_its_receptive_field,
        ]
    if spec.trainable:
        others += [training.can_be_trained, training.restores_the_same_from_stored_weights]
    if spec.learner:
        others.append(training.names_an_existing_learner)
    return first, others
