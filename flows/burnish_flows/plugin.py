"""What burnish-flows declares: the commands that lead from data to a champion."""

from collections.abc import Iterator

from burnish import CommandSpec, hookimpl

COMMANDS = {
    "retrain": "Snapshot, train, evaluate, register, decide: a recipe's challenger against the champion",
    "history": "Every decision about a model's champion",
    "rollback": "Make the champion before the present one champion again",
    "data": "Version, fetch and check the pictures that recipes train on",
}


@hookimpl
def register_commands() -> Iterator[CommandSpec]:
    """The commands of the flow."""
    for name, summary in COMMANDS.items():
        yield CommandSpec(name=name, factory=f"burnish_flows.commands.{name}:main", summary=summary, group="flow")
