"""The retraining: a flow of stages from a recipe to a decision.

``burnish_flows.retrain.retrain`` is the flow, by the name that deployments of earlier versions have.
"""


def __getattr__(name: str) -> object:
    if name == "retrain":
        from burnish_flows.retrain.flow import retrain

        return retrain
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
