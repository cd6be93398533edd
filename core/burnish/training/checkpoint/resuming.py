"""The checkpoint that a training resumes from, and the machines it ran on."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from burnish.console import interruption
from burnish.errors import TrainingError
from burnish.training.checkpoint import keys
from burnish.training.checkpoint.files import Checkpoint, newest, newest_step
from burnish.training.plan import Plan, differences
from burnish.training.resources.machine import disagreements, same_kind

_log = logging.getLogger("burnish.training")


def find(plan: Plan, work: Path, elsewhere: Sequence[Path] = ()) -> tuple[Path, Checkpoint] | None:
    """The checkpoint to resume from, and its file: the newest in ``work``, otherwise the newest in the other folders.

    Raises:
        TrainingError: ``work`` holds that of another training, or one cannot be read.
    """
    found = newest(work)
    if found is not None:
        _check_same(plan, found[1], work)
    else:
        others = [other for folder in elsewhere if (other := newest(folder, mine=False)) and _same(plan, other[1])]
        found = max(others, key=lambda other: int(state(other[1], keys.LOOP)["step"]), default=None)
    if found is not None and not state(found[1], keys.LOOP)["ended"]:
        _tell(plan, found[1])
    return found


def machines(plan: Plan | None, checkpoint: Checkpoint | None) -> list[dict[str, object]]:
    """The machines of a training in their order, each with the step from which it trained (``from_step``).

    Args:
        plan: Where it will go on; None: it will not.
        checkpoint: Where it was; None: at the beginning.
    """
    ran_on = _machines(checkpoint) if checkpoint is not None else []
    if plan is None:
        return ran_on
    here = plan.machine.as_json()
    if checkpoint is None or not ran_on:
        return [{"from_step": 0, **here}]
    if same_kind(ran_on[-1], here):
        return [*ran_on[:-1], {**ran_on[-1], **here}]
    return [*ran_on, {"from_step": state(checkpoint, keys.LOOP)["step"], **here}]


def tell_interrupted(work: Path, step: int | None = None) -> None:
    """Add to the command's last line where the training was interrupted, and from where it will resume.

    Args:
        work: Its folder for checkpoints.
        step: How far it was; None: as far as it has saved.
    """
    saved = newest_step(work)
    step = saved if step is None else step
    on = f"resumes from {'there' if step == saved else f'step {saved}'}" if saved else "starts over"
    interruption.tell(f" at step {step}; the same command {on}")


def same_training(plan: Plan, facts: Mapping[str, object]) -> bool:
    """Whether these facts are those of this training, be it on another machine."""
    return not disagreements(plan.recipe.training, differences(plan.facts, facts))


def state(checkpoint: Checkpoint, callback: str) -> dict[str, Any]:
    """What a callback has stored."""
    return checkpoint["callbacks"][callback]


def _machines(checkpoint: Checkpoint) -> list[dict[str, object]]:
    """As stored; older checkpoints tell it by their facts, without the machine's name."""
    stored = state(checkpoint, keys.CHECKPOINTS)
    if "machines" in stored:
        return [dict(machine) for machine in stored["machines"]]
    facts = stored["facts"]
    return [{"from_step": 0, **{key: facts[key] for key in ("device", "precision", "processes", "threads")}}]


def _same(plan: Plan, checkpoint: Checkpoint) -> bool:
    return same_training(plan, state(checkpoint, keys.CHECKPOINTS)["facts"])


def _check_same(plan: Plan, checkpoint: Checkpoint, work: Path) -> None:
    other = state(checkpoint, keys.CHECKPOINTS)["facts"]
    names = disagreements(plan.recipe.training, differences(plan.facts, other))
    if names:
        raise TrainingError(
            f"{work}: contains the checkpoint of another training (other {', '.join(names)}); "
            "choose another --work, or start over with --no-resume"
        )


def _tell(plan: Plan, checkpoint: Checkpoint) -> None:
    there, here = _machines(checkpoint)[-1], plan.machine.as_json()
    if plan.rank == 0 and not same_kind(there, here):
        changed = [f"{key} {there[key]} → {here[key]}" for key in here if key in there and there[key] != here[key]]
        _log.warning(
            "resumes at step %d from a checkpoint of another kind of machine (%s); the weights cannot be reproduced "
            "bit for bit",
            state(checkpoint, keys.LOOP)["step"],
            ", ".join(changed),
        )
