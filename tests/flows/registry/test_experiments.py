"""An experiment is made once, found again, restored where someone deleted it, and made by only one of two at once."""

from __future__ import annotations

import pytest
from burnish_flows.registry.experiments import usable
from burnish_flows.registry.store import Registry
from mlflow.exceptions import MlflowException


def test_it_is_made_with_its_tags_found_again_and_restored_after_a_deletion(registry: Registry) -> None:
    client = registry.client
    made = usable(client, "burnish/e", None, tags={"a": "b"})
    assert client.get_experiment(made).tags["a"] == "b"
    assert usable(client, "burnish/e", None) == made
    client.delete_experiment(made)
    assert usable(client, "burnish/e", None) == made
    assert client.get_experiment(made).lifecycle_stage == "active"


def test_where_another_process_was_first_its_experiment_is_used(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = registry.client
    first = client.create_experiment("burnish/e")
    answers = iter([None, client.get_experiment_by_name("burnish/e")])
    monkeypatch.setattr(client, "get_experiment_by_name", lambda _: next(answers))
    assert usable(client, "burnish/e", None) == first
    assert next(answers, "none left") == "none left"


def test_a_store_that_refuses_for_another_reason_is_heard(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise MlflowException("no space")

    monkeypatch.setattr(registry.client, "create_experiment", refuse)
    with pytest.raises(MlflowException, match="no space"):
        usable(registry.client, "burnish/e", None)
