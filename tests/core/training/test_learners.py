"""Which learner fits a recipe: found by its id, or refused with those that fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from burnish.errors import ConfigError, UnknownIdError
from burnish.plugins.catalog import Catalog, installed
from burnish.recipe.data import Form
from burnish.recipe.document import Recipe
from burnish.training.learners import GIVES, SUPERVISED, find_learner

Make = Callable[..., Recipe]


@pytest.fixture
def found(recipe: Make, catalog: Catalog, forms: Any) -> Callable[..., Any]:
    """``found("noisy", "tiny/pixels", restorer="tiny/net", config={…})``: the learner's id and configuration."""

    def find(form: Form, id: str = "", *, restorer: str = "tiny/net", config: Any = None, own: Any = None) -> Any:
        known = [installed().get("learners", SUPERVISED), *_entries(catalog)]
        everything = Catalog(known)
        learner = {"learner": {"id": id, "config": config or {}}} if id else {}
        degrader = "tiny/noise" if form == "clean" else None
        asked = recipe(restorer=restorer, degrader=degrader, data=forms[form], **learner)
        entry, settings = find_learner(asked, everything.get("restorers", restorer), own or {}, everything)
        return (entry.id if entry else None), settings

    return find


def _entries(catalog: Catalog) -> list[Any]:
    return [entry for kind in ("restorers", "degraders", "learners") for entry in catalog.entries(kind).values()]


def test_a_recipe_without_a_learner_has_none_where_there_are_clean_pictures(found: Any) -> None:
    for form in ("clean", "pairs"):
        assert found(form) == (None, {})


def test_a_named_learner_is_found_with_its_complete_configuration(found: Any) -> None:
    assert found("noisy", "tiny/pixels") == ("tiny/pixels", {"share": 0.2})
    assert found("noisy", "pixels", config={"share": 0.5}) == ("tiny/pixels", {"share": 0.5})
    assert found("shots", "between-shots") == ("tiny/between-shots", {})
    assert found("pairs", SUPERVISED) == (SUPERVISED, {})


@pytest.mark.parametrize(
    ("form", "fitting"),
    [("noisy", "tiny/of-net, tiny/pixels"), ("shots", "tiny/between-shots, tiny/of-net, tiny/pixels")],
)
def test_without_clean_pictures_a_learner_must_be_named_and_those_that_fit_are_listed(
    found: Any, form: Form, fitting: str
) -> None:
    with pytest.raises(ConfigError) as error:
        found(form)
    assert str(error.value) == (
        f"the data hold no clean pictures to compare with; give training.learner, one of {fitting}"
    )


def test_where_none_is_installed_that_fits_a_plugin_is_named(found: Any) -> None:
    with pytest.raises(ConfigError, match=r"give training\.learner, of a plugin such as burnish-self-supervised"):
        found("noisy", restorer="tiny/doubler")


def test_what_fits_depends_on_the_restorer_s_configuration(found: Any) -> None:
    with pytest.raises(ConfigError, match="one of tiny/pixels"):
        found("noisy", restorer="tiny/sigma-net")
    with pytest.raises(ConfigError, match="of a plugin such as"):
        found("noisy", restorer="tiny/sigma-net", own={"scale": 2})


FITTING = [
    ("clean", SUPERVISED, True),
    ("pairs", SUPERVISED, True),
    ("noisy", SUPERVISED, False),
    ("shots", SUPERVISED, False),
    ("clean", "tiny/pixels", True),
    ("pairs", "tiny/pixels", True),
    ("noisy", "tiny/pixels", True),
    ("shots", "tiny/pixels", True),
    ("clean", "tiny/between-shots", False),
    ("pairs", "tiny/between-shots", False),
    ("noisy", "tiny/between-shots", False),
    ("shots", "tiny/between-shots", True),
]


@pytest.mark.parametrize(("form", "id", "fits"), FITTING)
def test_each_learner_takes_the_forms_that_give_what_it_needs(found: Any, form: Form, id: str, fits: bool) -> None:
    if fits:
        assert found(form, id)[0] == id
        return
    with pytest.raises(ConfigError, match=rf"^{id} needs .*, but the data give .*; choose another learner$"):
        found(form, id)


def test_the_words_of_what_is_needed_and_given_are_plain(found: Any) -> None:
    with pytest.raises(ConfigError) as error:
        found("shots", SUPERVISED)
    assert "needs clean pictures to compare with, but the data give degraded pictures and several shots" in str(
        error.value
    )


@pytest.mark.parametrize(
    ("restorer", "id", "own", "fact"),
    [
        ("tiny/sigma-net", "tiny/of-net", {}, "it fits tiny/net"),
        ("tiny/doubler", "tiny/pixels", {}, "it fits the scale 1, this one enlarges by 2"),
        ("tiny/net", "tiny/pixels", {"scale": 3}, "it fits the scale 1, this one enlarges by 3"),
        ("tiny/clip-net", "tiny/pixels", {}, "it fits restorers of single, this one is of video"),
    ],
)
def test_a_learner_that_does_not_fit_the_restorer_is_refused(
    found: Any, restorer: str, id: str, own: Any, fact: str
) -> None:
    with pytest.raises(ConfigError, match=f"{id} does not fit {restorer}: {fact}"):
        found("noisy", id, restorer=restorer, own=own)


def test_a_misspelt_learner_or_setting_is_refused_with_a_suggestion(found: Any) -> None:
    with pytest.raises(UnknownIdError, match="did you mean tiny/pixels"):
        found("noisy", "tiny/pixel")
    with pytest.raises(ConfigError, match="did you mean share"):
        found("noisy", "tiny/pixels", config={"shar": 0.1})


def test_every_form_gives_something(forms: Any) -> None:
    assert set(GIVES) == set(forms)
    assert all("noisy" in given for given in GIVES.values())
