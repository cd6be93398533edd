"""Fixtures of the core tests: plugins on disk as pip lays them out, small pictures, results of plain figures."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.plugins.discovery import Candidate, candidates
from numpy.typing import NDArray
from PIL import Image

Install = Callable[..., Candidate]
collect_ignore = ["third_party"]
"""Tests of plugins that others wrote; ``test_third_party.py`` runs them."""
SIZES = {"a.png": (40, 48), "b.bmp": (36, 36), "deep/c.png": (33, 41)}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder on ``sys.path``; modules imported from it are forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(folder) in str(sys.modules[name].__file__):
            del sys.modules[name]


@pytest.fixture
def install(site: Path) -> Install:
    """Write a distribution with one plugin module, as pip lays it out, and return how the host finds it."""

    def write(distribution: str, code: str, *, requires: str = "burnish>=0.1,<0.2", version: str = "1.0") -> Candidate:
        package = distribution.replace("-", "_")
        (site / package).mkdir()
        (site / package / "__init__.py").write_text("")
        (site / package / "plugin.py").write_text(textwrap.dedent(code))
        info = site / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\nRequires-Dist: {requires}\n\nText\n"
        )
        (info / "entry_points.txt").write_text(
            f"[console_scripts]\nx = y:z\n\n[burnish]\n{package} = {package}.plugin\n"
        )
        return next(found for found in candidates([str(site)]) if found.distribution == distribution)

    return write


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A folder of three smooth colour pictures, one of them in a folder of its own."""
    folder = tmp_path / "clean"
    for seed, (name, size) in enumerate(SIZES.items()):
        write(folder / name, size, seed)
    return folder


@pytest.fixture
def write_picture_file() -> Callable[[Path, tuple[int, int], int], Path]:
    """``(path, (height, width), seed)``: a smooth random colour picture."""
    return write


def write(path: Path, size: tuple[int, int], seed: int) -> Path:
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def make_scores() -> Callable[..., MetricScores]:
    """``make_scores([30.0, 31.0], unit="dB")``: scores of the images 0.png, 1.png, …"""

    def make(
        figures: list[float],
        *,
        unit: str = "dB",
        higher_is_better: bool = True,
        protocol: Mapping[str, int] | None = None,
    ) -> MetricScores:
        per_image = {f"{index}.png": figure for index, figure in enumerate(figures)}
        return MetricScores(
            version=1,
            protocol=dict(protocol or {"border": 0}),
            unit=unit,
            higher_is_better=higher_is_better,
            per_image=per_image,
            mean=sum(figures) / len(figures),
        )

    return make


@pytest.fixture
def make_result(make_scores: Callable[..., MetricScores]) -> Callable[..., BenchmarkResult]:
    """``make_result([30.0, 31.0], degraded=[20.0, 20.0])``: a result by metrics/psnr."""

    def make(
        figures: list[float],
        *,
        degraded: list[float] | None = None,
        digest: str = "d",
        name: str = "noise",
        **more: str,
    ) -> BenchmarkResult:
        return BenchmarkResult(
            benchmark=name,
            digest=digest,
            degrader="degradations/gaussian-noise",
            data_hash=more.get("data_hash", "h"),
            scores={"metrics/psnr": make_scores(figures)},
            degraded={"metrics/psnr": make_scores(degraded)} if degraded else {},
            seconds_per_megapixel=0.5,
            device="cpu",
            precision="fp32",
        )

    return make


@pytest.fixture
def make_card(make_result: Callable[..., BenchmarkResult]) -> Callable[..., Scorecard]:
    """``make_card("model v1", [30.0, 31.0])``: a scorecard with that one result."""

    def make(subject: str, figures: list[float], **more: object) -> Scorecard:
        result = make_result(figures, **more)
        return Scorecard(
            subject=subject,
            restorer="cnn/dncnn",
            results={result.benchmark: result},
            cost=Cost(seconds_per_megapixel=0.5, parameters=1234, peak_memory_mb=17.0),
            lineage={"burnish": "0.1"},
            created="2024-01-01T00:00:00+00:00",
        )

    return make


@pytest.fixture(scope="session")
def photographs() -> list[NDArray[np.float32]]:
    """Four photographs, H,W,3 in [0, 1]."""
    from skimage import data

    return [
        picture().astype(np.float32) / np.float32(255)
        for picture in (data.astronaut, data.coffee, data.chelsea, data.rocket)
    ]


@pytest.fixture
def noisy() -> Callable[[NDArray[np.float32], float], NDArray[np.float32]]:
    """White Gaussian noise of σ, clipped and rounded to 8 bit as in a file."""

    def add(picture: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
        made = picture + np.random.default_rng(0).normal(0.0, sigma, picture.shape)
        return (np.round(np.clip(made, 0, 1) * 255) / 255).astype(np.float32)

    return add


@pytest.fixture
def blurred() -> Callable[[NDArray[np.float32], float], NDArray[np.float32]]:
    """Gaussian blur of σ pixels."""

    def blur(picture: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.float32) if sigma else picture

    return blur
