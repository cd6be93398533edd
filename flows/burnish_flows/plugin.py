"""What burnish-flows declares: the commands that lead from data to a champion, and the gate that asks a person."""

from collections.abc import Iterator

from burnish import CommandSpec, GateSpec, hookimpl

COMMANDS = {
    "retrain": "Snapshot, train, evaluate, register, decide: a recipe's challenger against the champion",
    "deploy": "Retrain a recipe on a schedule, when its data change, or on drift",
    "up": "Prefect's and MLflow's servers and a worker for this project, until Ctrl-C",
    "status": "What is running, due and failed, and who is champion since when and why",
    "history": "Every decision about a model's champion",
    "lineage": "What a model was made of, and which models saw a dataset or a picture",
    "serve": "A registered model over HTTP, following its alias",
    "monitor": "Whether what arrives for restoration is what the model was trained for",
    "rollback": "Make the champion before the present one champion again",
    "promote": "Make a version champion by a person's word",
    "approve": "Answer a retraining whose challenger awaits approval",
    "veto": "See to it that a version never becomes champion",
    "freeze": "Let no version become champion for a while",
    "thaw": "Let versions become champion again",
    "batch": "Restore a folder with several workers; interrupted, it goes on",
    "sweep": "Try values of a recipe's settings, and write the best recipe",
    "data": "Version, fetch and check the pictures that recipes train on",
}

BY_HAND = frozenset({"approve", "freeze", "promote", "rollback", "thaw", "veto"})
"""The commands by which a person decides."""


@hookimpl
def register_gates() -> Iterator[GateSpec]:
    """The gate that asks a person."""
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
    for name, summary in COMMANDS.items():
        main = f"by_hand:{name}" if name in BY_HAND else f"{name}:main"
        yield CommandSpec(name=name, factory=f"burnish_flows.cli.{main}", summary=summary, group="flow")
