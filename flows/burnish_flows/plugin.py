"""The declarations of burnish-flows: the commands from data to a champion, and the gate for a person's approval."""

from collections.abc import Iterator

from burnish import CommandSpec, GateSpec, hookimpl

COMMANDS = {
    "retrain": "Snapshot, train, evaluate, register, decide: a recipe's challenger against the champion",
    "deploy": "Retrain a recipe on a schedule, when its data change, or on drift",
    "up": "Prefect's and MLflow's servers and a worker for this project, until Ctrl-C",
    "status": "Running, due and failed runs, and the champions with date and reason",
    "history": "Every decision about a model's champion",
    "lineage": "The inputs of a model, and the models that saw a dataset or a picture",
    "serve": "A registered model over HTTP, following its alias",
    "monitor": "Compare arriving pictures with the model's training data",
    "rollback": "Make the previous champion champion again",
    "promote": "Make a version champion on a person's decision",
    "approve": "Answer a retraining whose challenger awaits approval",
    "veto": "Never let a version become champion",
    "freeze": "Stop all promotions for a while",
    "thaw": "Allow promotions again",
    "batch": "Restore a folder with several workers; resumes after an interruption",
    "sweep": "Try values of a recipe's settings, and write the best recipe",
    "data": "Version, fetch and check the pictures that recipes train on",
}

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
    """The commands of the flows."""
    for name, summary in COMMANDS.items():
        main = f"manual_decisions:{name}" if name in BY_HAND else f"{name}:main"
        yield CommandSpec(name=name, factory=f"burnish_flows.cli.{main}", summary=summary, group="flow")
