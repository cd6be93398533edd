"""What burnish-metrics declares."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from burnish.plugins import installed
from burnish_metrics import plugin

METRICS = [
    *("metrics/consistency", "metrics/endpoint-error", "metrics/error-ratio", "metrics/gmsd", "metrics/hallucination"),
    *("metrics/improvement", "metrics/kernel-error", "metrics/ms-ssim", "metrics/niqe", "metrics/omission"),
    *("metrics/psnr", "metrics/psnr-b", "metrics/psnr-scale-invariant", "metrics/psnr-shifted"),
    *("metrics/psnr-y", "metrics/shot-error", "metrics/ssim", "metrics/ssim-matlab3d", "metrics/ssim-scale-invariant"),
    *("metrics/ssim-y", "metrics/sure", "metrics/temporal-consistency", "metrics/upsnr"),
]


def test_the_metrics_are_installed_under_their_ids_and_can_be_made() -> None:
    catalog = installed()
    found = {id: entry.spec for id, entry in catalog.entries("metrics").items() if id.startswith("metrics/")}
    assert list(found) == METRICS
    for id, spec in found.items():
        assert callable(catalog.create("metrics", id))
        for key, value in {"border": 3, "rounding": "none"}.items():
            if key in spec.config:
                assert callable(catalog.create("metrics", id, {key: value}))


def test_every_metric_of_pictures_states_luma_border_rounding_and_range_and_all_are_data() -> None:
    for spec in plugin.register_metrics():
        said = {**spec.protocol, **spec.config}
        if spec.of in {"picture", "clip", "blind", "shots", "probe", "redegraded", "enlarged"}:
            assert {"luma", "border", "rounding", "data_range"} <= set(said), spec.name
        assert spec.version >= 1
        assert {"window", "formula"} & set(said)
        assert spec.reference or spec.name.startswith("psnr")
        assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301


def test_every_metric_without_a_clean_picture_states_what_it_assumes_and_its_bias() -> None:
    for spec in plugin.register_metrics():
        if spec.of in {"shots", "probe", "redegraded"}:
            assert {"assumes", "bias"} <= set(spec.protocol), spec.name


def test_the_published_figures_of_bicubic_stand_in_the_benchmarks() -> None:
    specs = {spec.name: spec for spec in plugin.register_benchmarks()}
    bicubic = [specs[f"set5-x{scale}"].published["bicubic"] for scale in (2, 3, 4)]
    assert [figures["metrics/psnr-y"] for figures in bicubic] == [33.66, 30.39, 28.42]
    assert [figures["metrics/ssim-y"] for figures in bicubic] == [0.9299, 0.8682, 0.8104]
    assert specs["gaussian-25-grey"].degrader_config["sigma"] == pytest.approx(25 / 255)


def test_declaring_imports_no_framework() -> None:
    code = (
        "import sys, burnish_metrics.plugin as p; list(p.register_metrics()); list(p.register_benchmarks());"
        "sys.exit(bool({'torch', 'numpy', 'cv2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
