"""Every engine computes what torch computes, for pieces of any size, or is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from burnish.compression.calibrating import calibrate
from burnish.errors import RestorationError, UsageError
from burnish.inference import Restorer, prepare_engine, restore, restore_detailed
from burnish.inference.conditions import Conditions
from burnish.inference.eager import FP32
from burnish.inference.engines import choosing, racing, records
from burnish.inference.engines.onnx_runtime import OnnxRuntime
from burnish.inference.engines.records import Race
from burnish.inference.tiling.job import TilingJob, make_job
from burnish.restorer.options import RestoreOptions
from torch import nn

from tests.core.inference.engines.conftest import Fixed, Told

pytest.importorskip("onnxscript", reason="the extra burnish[onnx] is not installed")
EXPORTED = ("onnx-runtime", "openvino")
Make = Callable[..., nn.Module]


@pytest.fixture(params=EXPORTED)
def engine(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(request.param.replace("-", ""), reason="its extra is not installed")
    return str(request.param)


def test_an_engine_gives_torchs_estimate_at_any_size_and_batch(fixed: Fixed, engine: str) -> None:
    loaded = fixed(Told(), needs=frozenset({"sigma"}), scale=(2,))
    for shape in ((1, 3, 40, 56), (2, 3, 64, 64), (1, 3, 17, 33)):
        degraded, told = torch.rand(shape), {"sigma": torch.rand(shape[0])}
        found = restore_detailed(loaded, degraded, told, engine=engine, precision="fp32")
        exact = restore(loaded, degraded, told, engine="eager", precision="fp32")
        assert found.engine == engine
        torch.testing.assert_close(found.estimate, exact, rtol=0, atol=1e-5)


def test_tiles_of_an_engine_fit_as_exactly_as_those_of_torch(fixed: Fixed, make_net: Make, engine: str) -> None:
    loaded = fixed(make_net(channels=1, levels=1), channels=(1,), size_multiple=2)
    degraded = torch.rand(1, 1, 150, 130)
    tiled, whole = (restore(loaded, degraded, engine=engine, precision="fp32", tile=tile) for tile in (64, 0))
    torch.testing.assert_close(tiled, whole, rtol=0, atol=1e-5)


def test_colour_goes_through_a_grey_network_channel_by_channel(fixed: Fixed, make_net: Make, engine: str) -> None:
    loaded = fixed(make_net(channels=1, levels=0), channels=(1,))
    degraded = torch.rand(1, 3, 40, 40)
    exact = restore(loaded, degraded, engine="eager", precision="fp32")
    torch.testing.assert_close(restore(loaded, degraded, engine=engine, precision="fp32"), exact, rtol=0, atol=1e-5)


class _Windowed(nn.Module):
    """Takes another way for pictures that are smaller than its window of 100 pixels."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[-1] < 100 or x.shape[-2] < 100:
            return x * 0.5
        return x - torch.nn.functional.avg_pool2d(x, 3, stride=1, padding=1)


def test_pieces_that_the_exported_network_is_wrong_for_are_computed_by_torch(fixed: Fixed, engine: str) -> None:
    loaded = fixed(_Windowed())
    for side in (60, 120):
        degraded = torch.rand(1, 3, side, side)
        exact = restore(loaded, degraded, engine="eager", precision="fp32")
        torch.testing.assert_close(restore(loaded, degraded, engine=engine, precision="fp32"), exact, rtol=0, atol=1e-5)


class _Transforming(nn.Module):
    """With an operator that ONNX lacks."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.linalg.svdvals(x).mean() + x


def test_a_network_that_cannot_be_exported_is_refused_by_name(fixed: Fixed) -> None:
    with pytest.raises(RestorationError, match=r"cannot use the engine onnx-runtime: .*leave --engine out"):
        restore(fixed(_Transforming()), torch.rand(1, 3, 40, 40), engine="onnx-runtime")


def test_what_is_no_network_with_fixed_weights_is_refused(wrap: Fixed, make_net: Make) -> None:
    degraded = torch.rand(1, 3, 40, 40)
    with pytest.raises(UsageError, match=r"cannot use the engine openvino: it is no network"):
        restore(wrap(lambda x: x), degraded, engine="openvino")
    with pytest.raises(UsageError, match=r"not from a bundle"):
        restore(wrap(make_net(channels=3)), degraded, engine="openvino")
    with pytest.raises(UsageError, match=r"engine 'fast' is unknown; use one of auto, eager"):
        restore(wrap(make_net(channels=3)), degraded, engine="fast")


def test_little_work_is_not_raced_over(fixed: Fixed, make_net: Make, cache: Path) -> None:
    found = restore_detailed(fixed(make_net(channels=3)), torch.rand(1, 3, 200, 200))
    assert found.engine == "eager"
    assert not cache.exists()


def test_long_work_is_raced_over_once_for_all_processes(
    fixed: Fixed, make_net: Make, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, degraded = fixed(make_net(channels=3, levels=0)), torch.rand(1, 3, 1100, 1100)
    monkeypatch.setattr(choosing, "PAYS", 0.0)
    restore(loaded, degraded)
    (kept,) = records.races(loaded.bundle.weights_sha256 if loaded.bundle else "")
    assert {lap.engine for lap in kept.laps} >= {"eager", "onnx-runtime"}
    assert all(lap.rate > 0 for lap in kept.laps if not lap.refused)

    def again(*_: object) -> None:
        raise AssertionError("raced again")

    monkeypatch.setattr(choosing, "_runners", {})
    monkeypatch.setattr(choosing, "race", again)
    restore(loaded, degraded)


def test_the_fastest_engine_of_a_race_computes(fixed: Fixed, make_net: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, degraded = fixed(make_net(channels=3, levels=0)), torch.rand(1, 3, 1100, 1100)
    monkeypatch.setattr(choosing, "PAYS", 0.0)
    monkeypatch.setattr(choosing, "race", lambda job, _: _won_by_onnx_runtime(job))
    assert restore_detailed(loaded, degraded).engine == "onnx-runtime"


def _won_by_onnx_runtime(job: TilingJob) -> Race:
    """A race as it would have been on a machine where ONNX Runtime is ten times as fast as torch."""
    raced = racing.race(job, [FP32, OnnxRuntime()])
    laps = [replace(lap, rate=1.0 if lap.engine == "eager" else 0.1, start=0.0) for lap in raced.laps]
    return replace(raced, laps=laps)


class _Wrong(OnnxRuntime):
    """Adds 1/100."""

    def __call__(self, loaded: Restorer, piece: torch.Tensor, told: Conditions) -> object:
        estimate = super().__call__(loaded, piece, told)
        assert isinstance(estimate, torch.Tensor)
        return estimate + 0.01


def test_an_engine_that_does_not_agree_is_refused_whatever_its_speed(fixed: Fixed, make_net: Make) -> None:
    loaded = fixed(make_net(channels=3, levels=0))
    raced = racing.race(make_job(loaded, torch.rand(1, 3, 200, 200), {}), [FP32, _Wrong()])
    wrong = raced.laps[1]
    assert wrong.refused == "it agrees with float32 to 40 dB only, 60 are asked"
    assert raced.fastest() == raced.laps[0]


class _Broken(OnnxRuntime):
    """Gives no numbers."""

    def __call__(self, loaded: Restorer, piece: torch.Tensor, told: Conditions) -> object:
        return torch.full_like(piece, float("nan"))


def test_an_engine_that_gives_no_numbers_is_replaced_by_torch(
    fixed: Fixed, make_net: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loaded, degraded = fixed(make_net(channels=3, levels=0)), torch.rand(1, 3, 40, 40)
    monkeypatch.setattr("burnish.inference.restoring.choose", lambda *_: _Broken())
    found = restore_detailed(loaded, degraded)
    assert found.engine == "eager"
    assert torch.equal(found.estimate, restore(loaded, degraded, engine="eager"))
    assert "the engine onnx-runtime failed" in caplog.text


def test_a_damaged_record_counts_as_none(cache: Path) -> None:
    (cache / "races").mkdir(parents=True)
    (cache / "races" / "half.json").write_text('{"restorer": ')
    assert list(records.races("0" * 64)) == []


@pytest.fixture
def eight_bits(fixed: Fixed, make_net: Make) -> Restorer:
    """A network with layers of 8 bits."""
    network = make_net(channels=1, levels=1).eval()
    pictures = [torch.rand(1, 1, 48, 64) for _ in range(3)]
    calibrate(network, [lambda one=one: network(one) for one in pictures])
    loaded = fixed(network.requires_grad_(False), channels=(1,), size_multiple=2)
    assert loaded.bundle is not None
    return replace(loaded, bundle=loaded.bundle.model_copy(update={"compression": {"method": "int8"}}))


def test_a_network_of_8_bits_is_computed_by_every_engine_as_torch_simulates_it(
    eight_bits: Restorer, engine: str
) -> None:
    picture = torch.rand(1, 1, 48, 64)
    exact = restore(eight_bits, picture, engine="eager", precision="fp32")
    found = restore_detailed(eight_bits, picture, engine=engine, precision="fp32")
    assert found.engine == engine
    assert -10 * torch.log10((found.estimate - exact).square().mean()) > racing.LEAST_INT8


def test_a_network_of_8_bits_says_once_that_no_engine_for_it_is_installed(
    eight_bits: Restorer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(choosing, "installed", lambda *_: False)
    for _ in range(2):
        restore(eight_bits, torch.rand(1, 1, 32, 32))
    told = [record.message for record in caplog.records if "layers of 8 bits" in record.message]
    assert len(told) == 1
    assert "pip install 'burnish[openvino]'" in told[0]


def test_of_a_pruned_network_as_much_agreement_is_asked_as_of_any_in_float32(eight_bits: Restorer) -> None:
    assert eight_bits.bundle is not None
    pruned = replace(eight_bits, bundle=eight_bits.bundle.model_copy(update={"compression": {"method": "prune"}}))
    assert racing.least(eight_bits, "fp32") == racing.LEAST_INT8
    assert racing.least(pruned, "fp32") == racing.LEAST["fp32"]


def test_a_service_has_its_engine_started_before_its_first_picture(
    fixed: Fixed, make_net: Make, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime", reason="the extra burnish[onnx] is not installed")
    loaded = fixed(make_net(channels=3, levels=0))
    monkeypatch.setattr(choosing, "race", lambda job, engines: _won_by_onnx_runtime(job))
    engine = prepare_engine(loaded, RestoreOptions())
    assert engine.name == "onnx-runtime"
    assert (cache / "races").is_dir(), "later processes know the race"
    monkeypatch.setattr(choosing, "race", lambda *_: pytest.fail("raced again"))
    assert restore_detailed(loaded, torch.rand(1, 3, 40, 48)).engine == "onnx-runtime", "small ones, too"


def test_pictures_are_computed_by_torch_while_other_threads_race(
    fixed: Fixed, make_net: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = fixed(make_net(channels=3, levels=0))
    begun, go = threading.Event(), threading.Event()

    def slow(job: TilingJob, engines: object) -> Race:
        begun.set()
        assert go.wait(30)
        return _won_by_onnx_runtime(job)

    monkeypatch.setattr(choosing, "race", slow)
    racing = threading.Thread(target=prepare_engine, args=(loaded, RestoreOptions()))
    racing.start()
    try:
        assert begun.wait(30)
        assert restore_detailed(loaded, torch.rand(1, 3, 40, 48)).engine == "eager"
    finally:
        go.set()
        racing.join()


def test_a_named_engine_that_cannot_compute_the_restorer_is_refused_before_the_first_picture(
    wrap: Fixed, make_net: Make
) -> None:
    with pytest.raises(UsageError, match="cannot use the engine openvino: its weights are not from a bundle"):
        prepare_engine(wrap(make_net(channels=3, levels=0)), RestoreOptions(engine="openvino"))
    assert prepare_engine(wrap(make_net(channels=3, levels=0)), RestoreOptions()).name == "eager"
