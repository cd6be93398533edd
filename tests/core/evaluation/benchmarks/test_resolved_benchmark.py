from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from burnish.errors import ConfigError, EvaluationError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.benchmarks.resolved_benchmark import prepare
from burnish.inference import Restorer, load_restorer
from burnish.plugins.catalog import installed


def needing(*needs: str) -> Restorer:
    loaded = load_restorer("burnish/identity", device="cpu")
    return replace(loaded, spec=replace(loaded.spec, needs=frozenset(needs)))


def test_a_restorer_that_lacks_a_condition_is_refused_before_any_picture_is_read(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    noise = Benchmark(name="n", clean=nowhere, degrader="gaussian-noise", metrics=("psnr",))
    with pytest.raises(EvaluationError, match="needs kernel, which degradations/gaussian-noise does not give"):
        prepare(needing("kernel"), noise, installed())
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "a.png").write_bytes(b"no picture")
    paired = Benchmark(name="n", clean=damaged, degraded=damaged, metrics=("psnr",))
    with pytest.raises(EvaluationError, match=r"identity needs sigma, but the pictures in .*damaged do not give it"):
        prepare(needing("sigma"), paired, installed())


def test_another_scale_is_refused_naming_both(tmp_path: Path) -> None:
    asked = Benchmark.from_spec("set5-x3", tmp_path)
    with pytest.raises(EvaluationError, match=r"bicubic enlarges by 2 but degradations/bicubic reduces pictures by 3"):
        prepare(load_restorer("classical/bicubic", {"scale": 2}, device="cpu"), asked, installed())


@pytest.mark.parametrize(("scale", "border"), [(2, 2), (4, 4)])
def test_the_border_is_the_scale_where_pictures_are_enlarged(clean: Path, scale: int, border: int) -> None:
    loaded = load_restorer("classical/bicubic", {"scale": scale}, device="cpu")
    resolved = prepare(loaded, Benchmark.from_spec(f"set5-x{scale}", clean), installed())
    assert [one.protocol["border"] for one in resolved.measures] == [border, border]


def test_no_border_is_cut_where_the_size_is_kept_and_a_given_one_wins(clean: Path) -> None:
    asked = Benchmark(
        name="n",
        clean=clean,
        degrader="gaussian-noise",
        metrics=("psnr", "ssim"),
        metric_config={"ssim": {"border": 3, "rounding": "clip"}},
    )
    resolved = prepare(load_restorer("identity", device="cpu"), asked, installed())
    assert [(one.id, one.protocol["border"], one.protocol["rounding"]) for one in resolved.measures] == [
        ("metrics/psnr", 0, "uint8"),
        ("metrics/ssim", 3, "clip"),
    ]


def test_a_wrong_setting_is_refused(clean: Path) -> None:
    asked = Benchmark(
        name="n", clean=clean, degrader="gaussian-noise", metrics=("psnr",), metric_config={"psnr": {"border": -1}}
    )
    with pytest.raises(ConfigError, match="border"):
        prepare(load_restorer("identity", device="cpu"), asked, installed())
