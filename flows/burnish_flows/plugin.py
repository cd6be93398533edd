"""The declarations of burnish-flows: the commands from data to a champion, and the gate for a person's approval."""

from collections.abc import Iterator

from burnish import CommandSpec, GateSpec, hookimpl

COMMANDS = {
    "batch": ("use", "Restore many pictures with several workers; resumes after an interruption"),
    "serve": ("use", "Restore pictures over HTTP with the version of a model that is in use"),
    "retrain": ("train", "Train a recipe; the result replaces the version in use if it is proven better"),
    "deploy": ("train", "Retrain a recipe on a schedule, when its data change, or when pictures drift"),
    "up": ("train", "Start the servers and a worker that `deploy` needs, until Ctrl-C"),
    "sweep": ("train", "Try values of a recipe's settings, and write the best recipe"),
    "data": ("train", "Check, split, version and fetch the pictures that recipes train on"),
    "status": ("decide", "Show running, due and failed trainings, and each model's champion"),
    "history": ("decide", "List every decision about a model's champion, with its reason"),
    "lineage": ("decide", "Show what a model was made of, or which models saw a picture"),
    "monitor": ("decide", "Compare arriving pictures with those that the model was trained on"),
    "rollback": ("decide", "Make the previous champion the champion again"),
    "promote": ("decide", "Make a version the champion, whatever the gates say"),
    "approve": ("decide", "Accept or refuse a challenger that waits for a person's approval"),
    "veto": ("decide", "Never let a version become the champion"),
    "freeze": ("decide", "Let no version replace the champion for a while"),
    "thaw": ("decide", "End a freeze"),
}
"""Sub-command → heading (see ``burnish.cli.lookup.HEADINGS``) and summary."""

BY_HAND = frozenset({"approve", "freeze", "promote", "rollback", "thaw", "veto"})
"""The commands for a person's decisions."""


@hookimpl
def register_gates() -> Iterator[GateSpec]:
    """The gate for a person's approval."""
    yield GateSpec(
        name="approval",
        factory="burnish_flows.retrain.approval:Approval",
        summary="A person approves, once all other gates have passed; the retraining waits",
        config={
            "hours": {
                "type": "number",
                "exclusiveMinimum": 0,
                "default": 24.0,
                "description": "how long the retraining waits; afterwards the challenger is rejected",
            }
        },
    )


@hookimpl
def register_commands() -> Iterator[CommandSpec]:
    """The commands of the flow."""
    for name, (group, summary) in COMMANDS.items():
        main = f"manual_decisions:{name}" if name in BY_HAND else f"{name}:main"
        yield CommandSpec(name=name, factory=f"burnish_flows.cli.{main}", summary=summary, group=group)
