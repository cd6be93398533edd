"""Who is asked a benchmark: by declarations, and by what shipped weights were trained for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.errors import UnknownIdError
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.declarations import BenchmarkSpec, DegraderSpec, RestorerSpec
from burnish.reporting.leaderboard import contenders
from burnish.reporting.leaderboard.contenders import covers
from burnish.restorer.bundle import write_bundle

NOISE = BenchmarkSpec(
    name="noise", summary="n", degrader="test/noise", degrader_config={"sigma": 0.1}, metrics=("m",), colour="grey"
)
SMALL = BenchmarkSpec(
    name="small", summary="s", degrader="test/small", degrader_config={"scale": 3}, metrics=("m",), colour="y"
)


def entry(spec: Any) -> Entry:
    return Entry(id=f"test/{spec.name}", spec=spec, distribution="burnish-test", version="1")


def restorer(name: str, **declared: Any) -> Entry:
    return entry(RestorerSpec(name=name, factory="test:Nothing", summary="t", **declared))


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """A network with weights for σ 0.1, for a range, for another σ, for colour, and for another degrader."""
    monkeypatch.setattr("burnish.inference.loading.shipped.package_folders", lambda package: [tmp_path])
    trained = {
        "exact": ("test/noise", 0.1, 1),
        "range": ("test/noise", [0.0, 0.2], 1),
        "other": ("test/noise", 0.2, 1),
        "colour": ("test/noise", 0.1, 3),
        "blur": ("test/blur", 0.1, 1),
    }
    for name, (degrader, sigma, channels) in trained.items():
        write_bundle(
            tmp_path / name,
            restorer="test/net",
            config={"channels": channels},
            weights={"w": torch.zeros(1)},
            distribution="burnish-test",
            version="1",
            training={"facts": {"degrader": {"id": degrader, "config": {"sigma": sigma}}}},
        )
    undo = frozenset({"denoise"})
    scale = {"scale": {"type": "integer", "default": 2}}
    return Catalog(
        [
            entry(DegraderSpec(name="noise", factory="t:N", summary="t", tasks=undo, gives=frozenset({"sigma"}))),
            entry(DegraderSpec(name="small", factory="t:S", summary="t", tasks=frozenset({"sr"}), scale=(2, 3))),
            restorer("net", tasks=undo, trainable=True, weights={name: name for name in trained}),
            restorer("told", tasks=undo, needs=frozenset({"sigma"})),
            restorer("kernel", tasks=undo, needs=frozenset({"kernel"})),
            restorer("clips", tasks=undo, temporal="video"),
            restorer("deblurs", tasks=frozenset({"deblur"})),
            restorer("enlarges", tasks=frozenset({"sr"}), scale=(2, 3), config=scale),
            restorer("doubles", tasks=frozenset({"sr"}), scale=(2,)),
        ]
    )


def test_weights_are_asked_what_they_were_trained_for_and_plain_restorers_what_they_can_undo(catalog: Catalog) -> None:
    assert [one.name for one in contenders(NOISE, catalog)] == ["test/net:exact", "test/net:range", "test/told"]


def test_the_scale_of_the_benchmark_is_set_where_a_restorer_can_choose_it(catalog: Catalog) -> None:
    assert [(one.name, dict(one.config)) for one in contenders(SMALL, catalog)] == [("test/enlarges", {"scale": 3})]


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (["net"], ["test/net:exact", "test/net:range"]),
        (["test/net:range"], ["test/net:range"]),
        (["told"], ["test/told"]),
        (["deblurs"], []),
    ],
)
def test_a_choice_of_some_leaves_the_others_out(catalog: Catalog, only: list[str], names: list[str]) -> None:
    assert [one.name for one in contenders(NOISE, catalog, only)] == names


def test_a_name_that_nobody_has_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UnknownIdError, match="nowhere"):
        contenders(NOISE, catalog, ["nowhere"])
    with pytest.raises(UnknownIdError, match="test/absent"):
        contenders(replace(NOISE, degrader="test/absent"), catalog)


@pytest.mark.parametrize(
    ("trained", "asked", "held"),
    [
        (0.1, 0.1, True),
        (0.1, 0.2, False),
        ([0.0, 0.2], 0.2, True),
        ([0.0, 0.2], 0.21, False),
        (None, 0.3, True),
        ("none", "uint8", True),
        (0.1, False, True),
    ],
)
def test_a_range_holds_what_lies_in_it(trained: Any, asked: Any, held: bool) -> None:
    assert covers(trained, asked) is held


def test_a_benchmark_of_luma_that_asks_in_rgb_has_weights_for_colour_among_its_contenders(catalog: Catalog) -> None:
    grey = [one.name for one in contenders(NOISE, catalog, only=["net"])]
    both = [one.name for one in contenders(replace(NOISE, rgb_degrader_config={"sigma": 0.1}), catalog, only=["net"])]
    assert sorted(set(both) - set(grey)) == ["test/net:colour"]
