from __future__ import annotations

import pytest
from burnish import DegraderSpec, RestorerSpec
from burnish.errors import ConfigError, PluginError, UnknownIdError
from burnish.plugins.catalog import Catalog, Entry, undoes


def entry(id_: str, spec: RestorerSpec | DegraderSpec) -> Entry:
    return Entry(id=id_, spec=spec, distribution="burnish-x", version="1.0")


def restorer(name: str, **fields: object) -> RestorerSpec:
    return RestorerSpec(name=name, factory="fractions:Fraction", summary="s", **fields)  # type: ignore[arg-type]


@pytest.fixture
def catalog() -> Catalog:
    config = {
        "numerator": {"type": "integer", "default": 1},
        "denominator": {"type": "integer", "default": 1, "minimum": 1},
    }
    return Catalog(
        [
            entry("cnn/dncnn", restorer("dncnn", config=config)),
            entry("cnn/nafnet", restorer("nafnet")),
            entry("classical/nlm", restorer("nlm")),
            entry("other/nlm", RestorerSpec(name="nlm", factory="no.such:Thing", summary="s")),
        ]
    )


def test_ids_are_sorted_and_a_unique_short_name_will_do(catalog: Catalog) -> None:
    assert list(catalog.entries("restorers")) == ["classical/nlm", "cnn/dncnn", "cnn/nafnet", "other/nlm"]
    assert catalog.get("restorers", "dncnn").id == catalog.get("restorers", "cnn/dncnn").id == "cnn/dncnn"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nlm", "names 2 restorers: classical/nlm, other/nlm; give the full id"),
        ("dncn", "did you mean cnn/dncnn?"),
        ("cnn/nafnett", "did you mean cnn/nafnet"),
        ("zzzzz", "see `burnish list restorers`"),
    ],
)
def test_an_unknown_or_ambiguous_name_lists_the_candidates(catalog: Catalog, name: str, words: str) -> None:
    with pytest.raises(UnknownIdError) as caught:
        catalog.get("restorers", name)
    assert words in str(caught.value)


def test_create_fills_in_defaults_checks_and_calls_the_factory(catalog: Catalog) -> None:
    assert catalog.create("restorers", "dncnn", {"numerator": 3, "denominator": 4}) == 0.75
    with pytest.raises(ConfigError, match="denominator=0"):
        catalog.create("restorers", "dncnn", {"denominator": 0})


def test_what_cannot_be_imported_names_plugin_distribution_and_version(catalog: Catalog) -> None:
    with pytest.raises(PluginError, match=r"other/nlm \(burnish-x 1\.0\): no\.such:Thing cannot be imported"):
        catalog.create("restorers", "other/nlm")


def test_a_factory_that_raises_is_named(catalog: Catalog) -> None:
    broken = RestorerSpec(name="x", factory="math:sqrt", summary="s")
    with pytest.raises(PluginError, match=r"x/x \(burnish-x 1\.0\) cannot be created"):
        Catalog([entry("x/x", broken)]).create("restorers", "x/x")


def degrader(**fields: object) -> DegraderSpec:
    return DegraderSpec(name="d", factory="a:b", summary="s", **fields)  # type: ignore[arg-type]


def frozen(fields: dict[str, object]) -> dict[str, object]:
    return {key: frozenset(value) if isinstance(value, set) else value for key, value in fields.items()}


@pytest.mark.parametrize(
    ("restores", "degrades", "fits"),
    [
        ({"tasks": {"denoise"}}, {"tasks": {"denoise"}}, True),
        ({"tasks": {"denoise"}}, {"tasks": {"deblur"}}, False),
        ({"tasks": {"deblur"}, "needs": {"kernel"}}, {"tasks": {"deblur"}, "gives": {"kernel", "sigma"}}, True),
        ({"tasks": {"deblur"}, "needs": {"kernel"}}, {"tasks": {"deblur"}, "gives": {"sigma"}}, False),
        ({"tasks": {"super-resolve"}, "scale": (2, 4)}, {"tasks": {"super-resolve"}, "scale": (4,)}, True),
        ({"tasks": {"super-resolve"}, "scale": (2,)}, {"tasks": {"super-resolve"}, "scale": (3,)}, False),
        ({"tasks": {"deblur"}, "temporal": "burst"}, {"tasks": {"deblur"}}, False),
    ],
)
def test_needs_and_gives_say_who_can_undo_what(restores: dict, degrades: dict, fits: bool) -> None:  # type: ignore[type-arg]
    frozen = [
        {k: frozenset(v) if isinstance(v, set) else v for k, v in fields.items()} for fields in (restores, degrades)
    ]
    r, d = restorer("r", **frozen[0]), degrader(**frozen[1])
    assert undoes(r, d) is fits
    catalog = Catalog([entry("x/r", r), entry("x/d", d)])
    assert [e.id for e in catalog.undoing("x/d")] == (["x/r"] if fits else [])
    assert [e.id for e in catalog.undone_by("x/r")] == (["x/d"] if fits else [])
