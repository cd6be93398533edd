from __future__ import annotations

import dataclasses
import json
import pickle

import pytest
from burnish import RestorerSpec
from burnish.plugins.entry import Entry
from burnish.plugins.host import installed

ENTRIES: list[Entry] = list(installed().entries)
each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.spec.kind} {entry.id}")


@each
def test_a_declaration_survives_pickling_and_json(entry: Entry) -> None:
    assert pickle.loads(pickle.dumps(entry.spec)) == entry.spec  # noqa: S301
    assert json.loads(json.dumps(entry.spec.as_json())) == entry.spec.as_json()


@each
def test_a_declaration_is_frozen(entry: Entry) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.spec.name = "other"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del entry.spec.name


@each
def test_a_summary_is_one_line_without_full_stop(entry: Entry) -> None:
    assert entry.spec.summary
    assert not entry.spec.summary.endswith(".")
    assert "\n" not in entry.spec.summary


@each
def test_every_default_fits_its_own_schema(entry: Entry) -> None:
    import jsonschema

    for key, schema in entry.spec.config.items():
        jsonschema.Draft202012Validator.check_schema(dict(schema))
        assert schema.get("description"), f"{entry.id}: {key} has no description"
        if "default" in schema:
            jsonschema.validate(schema["default"], dict(schema))


@pytest.mark.parametrize(
    ("fields", "fact"),
    [
        ({"name": "n", "factory": "m:R"}, "RestorerSpec must be given 'summary'"),
        ({"name": "n", "factory": "m:R", "summary": "s", "nmae": "n"}, "RestorerSpec has no field 'nmae'"),
    ],
)
def test_a_declaration_names_the_field_that_is_missing_or_unknown(fields: dict[str, str], fact: str) -> None:
    with pytest.raises(TypeError, match=fact):
        RestorerSpec(**fields)  # type: ignore[arg-type]
