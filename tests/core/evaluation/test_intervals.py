"""The intervals of a restorer are measured picture by picture: coverage of each promise, and by their width."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from burnish.evaluation import Benchmark, evaluate
from burnish.evaluation.calibrating import calibrate
from burnish.evaluation.intervals import PROMISES, IntervalSheet
from burnish.inference import Restorer, load_bundle, load_restorer
from burnish.restorer.bundle import read_bundle, write_bundle
from burnish.uncertainty.calibration import Calibration, Facts, write
from burnish.uncertainty.conformal import missed


def _calibration(pictures: int = 200) -> Calibration:
    """Of Gaussian errors of σ 0.1 and half-widths of 0.1."""
    draw = torch.Generator().manual_seed(0)
    curves = torch.stack(
        [missed(0.1 * torch.randn(2000, generator=draw), *2 * [torch.full((2000,), 0.1)]) for _ in range(pictures)]
    )
    facts = Facts(
        width="constant", confidence=0.0, restorer="r/r", weights_sha256="", config={}, benchmark="b", digest="d",
        data_hash="h", learned=0, pictures=pictures,
    )  # fmt: skip
    return Calibration(facts=facts, curves=curves, spans=torch.full((pictures,), 0.2), constant=curves)


def test_every_promise_is_measured_and_kept_by_errors_of_the_same_kind() -> None:
    sheet, draw = IntervalSheet(calibration=_calibration()), torch.Generator().manual_seed(1)
    for name in ("a.png", "b.png"):
        estimate = torch.full((1, 3, 60, 60), 0.5)
        target = estimate + 0.1 * torch.randn(estimate.shape, generator=draw)
        sheet.add(name, estimate, target, (torch.full_like(estimate, 0.1), torch.full_like(estimate, 0.1)))
    found = sheet.result()
    assert found is not None
    assert [level.asked for level in found.levels] == list(PROMISES)
    for level in found.levels:
        assert level.mean_coverage == pytest.approx(level.asked, abs=0.02)
        assert set(level.coverage) == {"a.png", "b.png"}
    nine = found.at(0.9)
    assert nine is not None
    assert nine.mean_width == pytest.approx(2 * 1.645 * 0.1, rel=0.05)


def test_wide_intervals_where_errors_are_large_show_in_their_tenths() -> None:
    sheet, draw = IntervalSheet(calibration=_calibration()), torch.Generator().manual_seed(1)
    half = torch.linspace(0.01, 0.2, 100).expand(1, 1, 100, 100)
    estimate = torch.full_like(half, 0.5)
    sheet.add("a.png", estimate, estimate + half * torch.randn(half.shape, generator=draw), (half, half))
    found = sheet.result()
    assert found is not None
    errors = [one.error for one in found.classes]
    assert len(errors) == 10
    assert errors == sorted(errors)
    assert all(one.coverage == pytest.approx(0.9, abs=0.05) for one in found.classes)


def test_too_few_pictures_for_a_promise_leave_it_out() -> None:
    sheet = IntervalSheet(calibration=_calibration(pictures=5))
    assert list(sheet.promises) == [0.5, 0.6, 0.7, 0.8]
    assert sheet.asked == 0.8
    assert sheet.result() is None


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Restorer, Benchmark]:
    """A median filter with intervals, and a benchmark of other pictures."""
    place = tmp_path_factory.mktemp("calibrated")
    draw = np.random.default_rng(0)
    for folder, count in (("clean", 30), ("test", 4)):
        (place / folder).mkdir()
        for index in range(count):
            blocks = np.kron(draw.integers(40, 216, (4, 5)), np.ones((10, 10)))
            cv2.imwrite(str(place / folder / f"{index}.png"), blocks.astype(np.uint8))
    noise = {"degrader": "degradations/gaussian-noise", "degrader_config": {"sigma": 0.08}}
    metrics = ("metrics/psnr", "burnish/coverage", "burnish/interval-score")
    loaded = load_restorer("classical/median")
    made = calibrate(
        loaded, Benchmark(name="c", clean=place / "clean", metrics=metrics, **noise), width="constant", confidence=0.0,
        quiet=True,
    )  # fmt: skip
    write_bundle(
        place / "bundle", weights={}, restorer=loaded.id, config=loaded.config, distribution=loaded.distribution,
        version=loaded.version,
    )  # fmt: skip
    facts = made.facts.model_copy(update={"weights_sha256": read_bundle(place / "bundle").weights_sha256})
    write(place / "bundle", Calibration(facts=facts, curves=made.curves, spans=made.spans, constant=made.constant))
    return load_bundle(place / "bundle"), Benchmark(name="t", clean=place / "test", metrics=metrics, **noise)


def test_an_evaluation_measures_the_intervals_of_a_bundle(
    calibrated: tuple[Restorer, Benchmark], tmp_path: Path
) -> None:
    loaded, benchmark = calibrated
    result = evaluate(loaded, benchmark, quiet=True, pictures=tmp_path)
    assert result.intervals is not None
    level = result.intervals.at(0.9)
    assert level is not None
    assert level.mean_coverage == pytest.approx(0.9, abs=0.06)
    metric = result.scores["burnish/coverage"]
    assert metric.mean == pytest.approx(level.mean_coverage, abs=1e-12)
    assert not metric.ranks
    assert metric.doubt
    assert sorted(path.name for path in (tmp_path / "interval").iterdir()) == ["0.png", "1.png", "2.png", "3.png"]


def test_a_restorer_without_intervals_promises_nothing_and_covers_next_to_nothing(
    calibrated: tuple[Restorer, Benchmark],
) -> None:
    result = evaluate(load_restorer("classical/bilateral"), calibrated[1], quiet=True)
    assert result.intervals is None
    assert result.scores["burnish/coverage"].mean < 0.05
    assert (
        result.scores["burnish/interval-score"].mean
        > evaluate(calibrated[0], calibrated[1], quiet=True).scores["burnish/interval-score"].mean
    )
