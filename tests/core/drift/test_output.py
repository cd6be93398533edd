"""The output is measured without reference: noise makes it worse; what cannot be restored or scored is no figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import burnish
import numpy as np
import pytest
import torch
from burnish.drift import OutputMeasures
from burnish.drift.measures import INTERVAL_WIDTH, OUTPUT_QUALITY
from burnish.errors import UsageError
from burnish.inference import Restorer, load_bundle, load_restorer
from burnish.io import Picture, write_picture
from burnish.plugins.catalog import installed
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def tensor(picture: Pixels) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]


def test_what_is_not_restored_scores_as_the_picture_itself(
    photographs: list[Pixels], noisy: Callable[[Pixels, float], Pixels]
) -> None:
    catalog = installed()
    judge = OutputMeasures(load_restorer("burnish/identity"), catalog)
    metric = catalog.create("metrics", "metrics/niqe", {})
    middle = photographs[0][64:448, 64:448]
    assert judge(tensor(photographs[0]))[OUTPUT_QUALITY] == pytest.approx(float(metric(tensor(middle), None)))
    clean, worse = (judge(tensor(picture))[OUTPUT_QUALITY] for picture in (photographs[0], noisy(photographs[0], 0.1)))
    assert clean is not None
    assert worse is not None
    assert worse > clean


def test_too_small_a_picture_is_no_figure() -> None:
    judge = OutputMeasures(load_restorer("burnish/identity"), installed())
    assert judge(torch.rand(1, 3, 32, 32)) == {OUTPUT_QUALITY: None}


@pytest.mark.parametrize(("channels", "given"), [(1, 3), (3, 1)])
def test_grey_and_colour_are_fitted_to_the_restorer(channels: int, given: int) -> None:
    loaded = load_restorer("cnn/dncnn", {"depth": 3, "features": 4, "channels": channels}, untrained=True)
    assert OutputMeasures(loaded, installed())(torch.rand(1, given, 100, 104))[OUTPUT_QUALITY] is not None


def test_noise_is_estimated_for_a_restorer_that_must_be_told() -> None:
    loaded = load_restorer("cnn/ffdnet", {"features": 4, "depth": 3, "channels": 3}, untrained=True)
    assert OutputMeasures.obstacle(loaded) == ""
    assert OutputMeasures(loaded, installed())(torch.rand(1, 3, 100, 104))[OUTPUT_QUALITY] is not None


def test_the_psnr_of_noisy_pictures_is_estimated_from_their_neighbouring_pixels(
    photographs: list[Pixels], noisy: Callable[[Pixels, float], Pixels]
) -> None:
    """Of a picture that is smooth beside its noise, the estimate is the true PSNR of the restored picture."""
    smooth = photographs[0] * 0 + np.float32(0.5)
    judge = OutputMeasures(load_restorer("burnish/identity"), installed(), "metrics/upsnr")
    for sigma in (0.02, 0.1):
        found = judge(tensor(noisy(smooth, sigma)))[OUTPUT_QUALITY]
        assert found == pytest.approx(-20 * np.log10(sigma), abs=0.3)


def test_a_metric_with_reference_is_refused() -> None:
    with pytest.raises(UsageError, match="compares with a clean picture, which arriving pictures lack"):
        OutputMeasures(load_restorer("burnish/identity"), installed(), "metrics/psnr")


def _calibrated(folder: Path, clean: list[Pixels], sigma: float) -> Restorer:
    """A median filter with intervals, calibrated on pictures with noise."""
    (folder / "clean").mkdir()
    for index, picture in enumerate(clean):
        write_picture(folder / "clean" / f"{index}.png", Picture(pixels=(255 * picture).round().astype(np.uint8)))
    made = burnish.calibrate(
        "classical/median", folder / "bundle", clean=folder / "clean", degrader="gaussian-noise",
        degrader_settings={"sigma": sigma}, confidence=0.0,
    )  # fmt: skip
    return load_bundle(made)


def test_the_width_of_intervals_tells_pictures_that_are_unlike_those_of_the_calibration(
    photographs: list[Pixels], noisy: Callable[[Pixels, float], Pixels], tmp_path: Path
) -> None:
    pieces = [photographs[0][y : y + 64, x : x + 64] for y in (0, 80, 160, 240) for x in (0, 80, 160, 240, 320)]
    output = OutputMeasures(_calibrated(tmp_path, pieces, 0.1), installed(), "")
    widths = {sigma: output(tensor(noisy(photographs[1], sigma)))[INTERVAL_WIDTH] for sigma in (0.03, 0.1, 0.2)}
    assert all(width is not None for width in widths.values())
    usual = widths[0.1]
    assert usual is not None
    assert all(width > 1.2 * usual for sigma, width in widths.items() if width is not None and sigma != 0.1)


def test_without_intervals_there_is_no_width() -> None:
    assert OutputMeasures(load_restorer("burnish/identity"), installed(), "")(torch.rand(1, 3, 64, 64)) == {}
