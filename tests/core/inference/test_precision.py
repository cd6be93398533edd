"""Facts about precision: bf16 only where it is native, tolerated, and measured to be within the tolerance."""

from __future__ import annotations

from collections.abc import Callable

import burnish.inference.precision as precision_module
import pytest
import torch
from burnish.errors import UsageError
from burnish.inference import Restorer, restore, restore_detailed
from burnish.inference.precision import deviation, native_bf16
from burnish.inference.tiling.job import make_job
from torch import nn

Wrap = Callable[..., Restorer]
Make = Callable[..., nn.Module]


@pytest.fixture
def native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision_module, "native_bf16", lambda device: True)


def test_native_bf16_agrees_with_the_processor_flags() -> None:
    from pathlib import Path

    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        pytest.skip("no /proc/cpuinfo to compare with")
    assert native_bf16(torch.device("cpu")) == bool({"avx512_bf16", "amx_bf16"} & set(flags))
    assert not native_bf16(torch.device("meta"))


@pytest.mark.parametrize(
    ("tolerance", "side", "expected"),
    [(0.05, 260, "bf16"), (0.0, 260, "fp32"), (1e-9, 260, "fp32"), (0.05, 60, "fp32")],
)
def test_auto_takes_bf16_only_within_the_tolerance_and_for_pictures_that_pay(
    native: None, wrap: Wrap, make_net: Make, tolerance: float, side: int, expected: str
) -> None:
    loaded = wrap(make_net(channels=1), channels=(1,), precision_tolerance=tolerance)
    found = restore_detailed(loaded, torch.rand(1, 1, side, side))
    assert found.precision == expected and found.estimate.dtype == torch.float32


def test_auto_stays_in_float32_without_matrix_units(
    monkeypatch: pytest.MonkeyPatch, wrap: Wrap, make_net: Make
) -> None:
    monkeypatch.setattr(precision_module, "native_bf16", lambda device: False)
    loaded = wrap(make_net(channels=1), channels=(1,), precision_tolerance=0.05)
    assert restore_detailed(loaded, torch.rand(1, 1, 260, 260)).precision == "fp32"


def test_the_measured_deviation_is_that_of_the_estimates(wrap: Wrap, make_net: Make) -> None:
    loaded = wrap(make_net(channels=1), channels=(1,))
    degraded = torch.rand(1, 1, 128, 128)
    exact, reduced = restore(loaded, degraded, precision="fp32"), restore(loaded, degraded, precision="bf16")
    oracle = (exact - reduced).pow(2).mean().sqrt()
    assert 0 < deviation(make_job(loaded, degraded, {})) == pytest.approx(float(oracle), rel=1e-4)


def test_auto_goes_back_to_float32_when_bf16_overflows_beyond_the_probe(native: None, wrap: Wrap) -> None:
    class OverflowsAtTheBorder(nn.Module):
        receptive_field = 1

        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            reduced = torch.is_autocast_enabled("cpu")
            return torch.where((degraded == 0) & reduced, float("inf"), degraded)

    degraded = torch.rand(1, 1, 300, 300) + 0.1
    degraded[..., 0, 0] = 0
    loaded = wrap(OverflowsAtTheBorder(), precision_tolerance=0.01)
    found = restore_detailed(loaded, degraded)
    assert found.precision == "fp32" and torch.equal(found.estimate, degraded)


def test_an_unknown_precision_is_refused(wrap: Wrap) -> None:
    with pytest.raises(UsageError, match="int4"):
        restore(wrap(lambda degraded: degraded), torch.rand(1, 1, 4, 4), precision="int4")
