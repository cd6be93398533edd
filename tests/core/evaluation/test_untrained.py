"""Which restorers without training are fair rivals of a model, by the declarations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from burnish.evaluation import Benchmark
from burnish.evaluation.untrained import rivals
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import RestorerSpec
from burnish.recipe.values import Choice


def _benchmark(degrader: str, config: dict[str, Any] | None = None, **more: Any) -> Benchmark:
    return Benchmark(
        name=degrader,
        clean=Path("x"),
        metrics=("metrics/psnr",),
        degrader=degrader,
        degrader_config=config or {},
        **more,
    )


def _rivals(model: str, *benchmarks: Benchmark, **config: Any) -> list[str]:
    return [one.id for one in rivals(Choice(id=model, config=config), benchmarks, installed())]


def test_denoisers_are_set_against_a_denoiser_and_wrappers_and_identity_are_not() -> None:
    found = _rivals("cnn/dncnn", _benchmark("degradations/gaussian-noise"))
    assert {"classical/bilateral", "classical/bm3d", "classical/median"} <= set(found)
    assert all(id.startswith("classical/") for id in found)


def test_what_has_learned_anything_is_no_rival() -> None:
    catalog = installed()
    found = _rivals("deconvolution/deep-wiener", _benchmark("degradations/camera-shake"))
    assert "deconvolution/hyper-laplacian" in found
    assert "deconvolution/plug-and-play" not in found, "it may ask a network"
    assert not any(getattr(catalog.get("restorers", id).spec, "trainable", True) for id in found)


def test_nobody_is_given_a_kernel_that_the_model_is_not_given() -> None:
    shake = _benchmark("degradations/camera-shake")
    assert "deconvolution/wiener" not in _rivals("cnn/unet", shake)
    assert "deconvolution/wiener" in _rivals("deconvolution/deep-wiener", shake)


def test_of_a_sequence_its_parts_decide_what_is_given() -> None:
    steps = [{"id": "degradations/jpeg", "config": {"quality": 50}}]
    found = _rivals("cnn/dncnn", _benchmark("degradations/sequence", {"steps": steps}))
    assert "classical/bilateral" not in found, "nobody knows the noise of JPEG"
    assert "classical/median" in found


@pytest.mark.parametrize("scale", [2, 4])
def test_the_factor_is_the_degraders(scale: int) -> None:
    found = rivals(
        Choice(id="super-resolution/edsr", config={"scale": scale}),
        [_benchmark("degradations/bicubic", {"scale": scale})],
        installed(),
    )
    assert found == [Choice(id="classical/bicubic", config={"scale": scale})]


def test_only_what_can_answer_all_benchmarks_is_a_rival() -> None:
    noise, smaller = _benchmark("degradations/gaussian-noise"), _benchmark("degradations/bicubic", {"scale": 2})
    assert _rivals("cnn/dncnn", noise, smaller) == []
    assert _rivals("cnn/dncnn", noise, _benchmark("degradations/jpeg")) == []
    assert _rivals("cnn/dncnn") == []


def test_given_pictures_ask_for_the_models_own_tasks(tmp_path: Path) -> None:
    given = Benchmark(name="given", clean=tmp_path, degraded=tmp_path, metrics=("metrics/psnr",))
    found = _rivals("cnn/ffdnet", given)
    assert "classical/median" in found and "classical/unsharp" not in found


def test_a_setting_that_must_be_given_or_other_channels_rule_out() -> None:
    specs = {
        "plain": {},
        "must": {"config": {"strength": {"type": "number"}}},
        "colour": {"channels": (3,)},
        "learned": {"learned": True},
        "larger": {"scale": (2,)},
        "grey": {"config": {"channels": {"type": "integer", "default": 3}}},
    }
    own = [
        Entry(
            id=f"own/{name}", distribution="burnish-own", version="1",
            spec=RestorerSpec(name=name, summary="", factory="x:y", tasks=frozenset({"denoise"}), **more),
        )
        for name, more in specs.items()
    ]  # fmt: skip
    others = [
        installed().get(kind, id)
        for kind, id in (("restorers", "cnn/dncnn"), ("degraders", "degradations/gaussian-noise"))
    ]
    catalog = Catalog([*own, *others])
    grey = _benchmark("degradations/gaussian-noise", colour="grey")
    assert rivals(Choice(id="cnn/dncnn"), [grey], catalog) == [
        Choice(id="own/grey", config={"channels": 1}),
        Choice(id="own/plain"),
    ]
