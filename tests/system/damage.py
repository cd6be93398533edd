"""What somebody may do to a model in MLflow by hand between any two steps: to versions, aliases, tags and runs."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from burnish.errors import RegistryError
from burnish_flows.registry import journal, promotion
from burnish_flows.registry.decision import Decision, GateResult
from burnish_flows.registry.decision_store import EXPERIMENT
from burnish_flows.registry.old_tags import HISTORY, PENDING
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import ModelState, Registry
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException

GOOD = GateResult(gate="burnish/gain", passed=True, reason="better", figures={"low": 0.2})
BAD = GateResult(gate="burnish/gain", passed=False, reason="worse", figures={"low": -0.2})
KNOWN = {"data_md5": "d.dir", "recipe_digest": "r", "plugins": "burnish-cnn==0.1.0", "licence": "Apache-2.0"}
GARBAGE = ("", "{", "null", "approved", "[1, 2]", "v1", "\x01", '{"kind": "promotion"}', "x" * 5000)
WRITES = ("set_", "delete_", "create_", "log_", "update_", "restore_")


class Death(BaseException):
    """Of a process, between two writes."""


class Mortal:
    """MLflow's client in a process that dies just before its n-th write."""

    def __init__(self, client: object, writes: int) -> None:
        self._client, self._left = client, writes

    def __getattr__(self, name: str) -> object:
        inner = getattr(self._client, name)
        if not name.startswith(WRITES):
            return inner

        def write(*arguments: object, **keywords: object) -> object:
            if self._left == 0:
                raise Death
            self._left -= 1
            return inner(*arguments, **keywords)

        return write


class Life:
    """One model's life: steps of burnish, deaths in their midst, and damage by hand, as a seed has it.

    After every step it holds that what was decided stays in the history, and that the registry can be read.
    """

    def __init__(self, registry: Registry, model: str, seed: int) -> None:
        self.registry, self.model = registry, model
        self.random = random.Random(seed)
        self.told: list[str] = []
        """What was done, for who reads a failure."""
        self.made: list[Decision] = []
        """What burnish said that it decided."""
        self.now = registry.stand(model)
        """The model after the last step."""

    def step(self) -> None:
        """One step of burnish, one death, or one damage."""
        kind = self.random.choices((self._burnish, self._dies, self._damage), (5, 1, 5))[0]
        kind()
        self.holds()

    def holds(self) -> ModelState:
        """Nothing of the history is lost, and there is one champion or none."""
        now = self.now = self.registry.stand(self.model)
        kept = [decision.id for decision in now.trail.decisions]
        assert [made.id for made in self.made if made.id not in kept] == [], "a decision is gone from the history"
        order = [kept.index(made.id) for made in self.made]
        assert order == sorted(order), "the history is in the order of its decisions"
        assert now.champion == "" or now.champion in now.versions, "the champion is a version that is there"
        return now

    def ends_well(self) -> None:
        """Whatever was done: after the next decision nothing is half-way, and a good version becomes champion."""
        self.told.append("end")
        journal.mend(self.registry, self.model)
        now = self.holds()
        assert not now.half_way
        assert now.trail.champion == now.champion, "history and alias say the same"
        if now.trail.frozen is not None:
            self.made.append(promotion.thaw(self.registry, self.model, reason="r", who="w"))
        number = self._register()
        expected = self.registry.champion(self.model)
        findings = Findings(judgements=(GOOD,), reason="r", expected=expected)
        self.made.append(promotion.decide(self.registry, self.model, number, findings, who="w"))
        assert self.made[-1].kind == "promotion"
        assert self.holds().champion == number
        if expected and self.registry.stand(self.model).versions[expected].status != "vetoed":
            self.made.append(promotion.rollback(self.registry, self.model, reason="r", who="w"))
            assert self.holds().champion == expected, "and gives way to the one before"

    def _burnish(self, registry: Registry | None = None) -> None:
        steps: dict[str, Callable[[Registry], Decision | None]] = {
            "register": lambda _: (self._register(), None)[1],
            "decide": self._decide,
            "ask": lambda one: self._decide(one, asks=True),
            "answer": lambda one: self._by_hand(one, promotion.answer, granted=self.random.random() < 0.7),
            "promote": lambda one: self._by_hand(one, promotion.promote),
            "rollback": lambda one: promotion.rollback(one, self.model, reason="r", who="w"),
            "veto": lambda one: self._by_hand(one, promotion.veto),
            "freeze": lambda one: promotion.freeze(one, self.model, reason="r", who="w"),
            "thaw": lambda one: promotion.thaw(one, self.model, reason="r", who="w"),
            "mend": lambda one: (journal.mend(one, self.model), None)[1],
        }
        name = self.random.choices(list(steps), (4, 5, 1, 1, 2, 3, 1, 1, 1, 1))[0]
        self.told.append(name)
        try:
            made = steps[name](registry or self.registry)
        except RegistryError as error:
            assert "\n" not in str(error)
            self.told.append(f"  {error}")
            return
        if made is not None and made.id not in [one.id for one in self.made]:
            self.made.append(made)
            self.told.append(f"  {made.kind} {made.champion_before} -> {made.champion_after}")
            now = self.registry.stand(self.model)
            assert now.champion == made.champion_after
            if made.kind in ("promotion", "rollback"):
                assert now.versions[now.champion].status not in ("vetoed", "lost")

    def _dies(self) -> None:
        writes = self.random.randrange(12)
        self.told.append(f"dies before write {writes + 1} of")
        with suppress(Death):
            self._burnish(Registry(Mortal(self.registry.client, writes), self.registry.uri))  # type: ignore[arg-type]

    def _register(self) -> str:
        version = self.registry.create_version(
            self.model, source="file:///nowhere", run_id="", model_id="", card="#",
            tags={**KNOWN, "fingerprint": f"{self.random.randrange(3):064x}"},
        )  # fmt: skip
        self.told.append(f"  v{version.number}")
        return version.number

    def _any(self) -> str:
        return self.random.choice([*self.now.versions, "77", "champion", "previous", "challenger"])

    def _by_hand(self, registry: Registry, act: Callable[..., Decision], **more: Any) -> Decision:
        return act(registry, self.model, self._any(), reason="r", who="w", **more)

    def _decide(self, registry: Registry, asks: bool = False) -> Decision:
        from datetime import timedelta

        said = GOOD if self.random.random() < 0.7 else BAD
        approval = timedelta(hours=1) if asks else None
        findings = Findings(judgements=(said,), reason="r", expected=registry.champion(self.model))
        return promotion.decide(registry, self.model, self._any(), findings, who="w", approval=approval)

    def _damage(self) -> None:
        client, model, now = self.registry.client, self.model, self.now
        number = self.random.choice(list(now.versions) or ["1"])
        garbage = self.random.choice(GARBAGE)
        alias = self.random.choice(("champion", "challenger", "previous", "other"))
        key = self.random.choice(
            (PENDING, f"{HISTORY}x", "burnish.frozen", "validation_status", "fingerprint", "data_md5")
        )
        tags = list(now.versions[number].tags) if number in now.versions else []
        old = Decision(
            kind="promotion", version=number, champion_before=now.champion, champion_after=number, reason="old"
        )
        acts: dict[str, Callable[[], object]] = {
            f"delete v{number}": lambda: client.delete_model_version(model, number),
            f"delete v{now.champion}, the champion": lambda: client.delete_model_version(model, now.champion or "0"),
            f"delete @{alias}": lambda: client.delete_registered_model_alias(model, alias),
            f"set @{alias} to v{number}": lambda: client.set_registered_model_alias(model, alias, number),
            f"model tag {key} = {garbage[:20]!r}": lambda: client.set_registered_model_tag(model, key, garbage),
            f"tag {key} of v{number} = {garbage[:20]!r}": lambda: client.set_model_version_tag(
                model, number, key, garbage
            ),
            f"delete a tag of v{number}": lambda: client.delete_model_version_tag(
                model, number, self.random.choice(tags)
            ),
            f"old pending promotion of v{number}": lambda: client.set_registered_model_tag(
                model, PENDING, old.model_dump_json()
            ),
            "delete the record of a decision": lambda: client.delete_run(self._record()),
            "spoil the record of a decision": lambda: self._spoil(self._record()),
            "delete all records": lambda: client.delete_experiment(self._experiment()),
            "rename and rename back": self._rename,
            "delete the model": lambda: client.delete_registered_model(model),
        }
        name = self.random.choices(list(acts), (4, 3, 3, 5, 2, 2, 1, 1, 1, 1, 1, 1, 1))[0]
        self.told.append(f"BY HAND: {name}")
        with suppress(MlflowException, IndexError):  # there is nothing of the kind to damage
            acts[name]()

    def _experiment(self) -> str:
        found = self.registry.client.get_experiment_by_name(EXPERIMENT)
        if found is None:
            raise IndexError
        return str(found.experiment_id)

    def _record(self) -> str:
        mine = f"params.model = '{self.model}'"
        runs = self.registry.client.search_runs([self._experiment()], mine, ViewType.ALL)
        return str(self.random.choice(list(runs)).info.run_id)

    def _spoil(self, run_id: str) -> None:
        client = self.registry.client
        client.restore_run(run_id)
        client.set_tag(run_id, "burnish.about", "somebody")
        client.log_param(run_id, "note", "x")
        with suppress(MlflowException):
            client.log_param(run_id, "record.00", "{}")
        client.update_run(run_id, name="spoilt")

    def _rename(self) -> None:
        self.registry.client.rename_registered_model(self.model, f"{self.model}-x")
        kept = [made.id for made in self.registry.history(f"{self.model}-x")]
        now = [made.id for made in self.made if made.registered == self.registry.stand(f"{self.model}-x").registered]
        assert set(now) <= set(kept), "the history goes with the registered model under its new name"
        self.registry.client.rename_registered_model(f"{self.model}-x", self.model)
