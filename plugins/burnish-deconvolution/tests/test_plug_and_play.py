"""Plug-and-play: its schedule, its denoisers of every kind, and what it gains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from burnish.errors import RestorationError, UsageError
from burnish_deconvolution.solvers.plug_and_play import PlugAndPlay
from torch import Tensor

Scene = Callable[..., Tensor]
Blurred = Callable[..., tuple[Tensor, Tensor]]

SIGMA = torch.tensor([0.01])


def test_the_denoiser_s_noise_falls_in_equal_ratios_from_the_start_to_the_picture_s() -> None:
    schedule = PlugAndPlay(iterations=5, start=0.16).schedule(torch.full((1, 1, 1, 1), 0.01)).flatten()
    assert schedule[0] == pytest.approx(0.16)
    assert schedule[-1] == pytest.approx(0.01)
    assert torch.allclose(schedule[1:] / schedule[:-1], torch.full((4,), 0.5))


def test_a_very_noisy_picture_is_never_denoised_for_less_than_its_noise() -> None:
    schedule = PlugAndPlay(start=0.1).schedule(torch.full((1, 1, 1, 1), 0.3))
    assert torch.allclose(schedule, torch.full_like(schedule, 0.3))


@pytest.mark.parametrize("boundary", ["circular", "unknown"])
def test_with_non_local_means_it_gains_far_more_than_half_of_the_error(
    boundary: str, scene: Scene, shake: Tensor, blurred: Blurred
) -> None:
    degraded, clean = blurred(scene(72, 72), shake, sigma=0.01, boundary=boundary)
    restorer = PlugAndPlay(denoiser="classical/nlm", boundary=boundary)  # type: ignore[arg-type]
    found = restorer(degraded, kernel=shake[None], sigma=SIGMA)
    assert (found - clean).square().mean() < 0.2 * (degraded - clean).square().mean()


def test_a_denoiser_for_one_noise_is_scaled_to_every_noise(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Tensor] = []

    def denoise(_: object, x: Tensor) -> Tensor:
        seen.append(x)
        return x

    monkeypatch.setattr("burnish_deconvolution.solvers.plug_and_play.restore", denoise)
    x = scene(12, 12)
    strength = torch.full((1, 1, 1, 1), 0.05)
    found = PlugAndPlay(denoiser="classical/median", denoiser_sigma=0.1)._denoised(x, strength)
    assert torch.allclose(found, x, atol=1e-6)
    assert torch.allclose(seen[0] - 0.5, 2 * (x - 0.5), atol=1e-6)


@pytest.mark.parametrize("denoiser", ["classical/bicubic", "deconvolution/wiener"])
def test_what_is_no_denoiser_is_refused_by_name(denoiser: str, scene: Scene, shake: Tensor) -> None:
    with pytest.raises(RestorationError, match=denoiser):
        PlugAndPlay(denoiser=denoiser)(scene(16, 16), kernel=shake[None], sigma=SIGMA)


def test_a_network_without_training_is_refused(scene: Scene, shake: Tensor) -> None:
    restorer = PlugAndPlay(denoiser="cnn/dncnn", denoiser_config={"depth": 3, "features": 4})
    with pytest.raises(UsageError, match="cnn/dncnn must be trained first"):
        restorer(scene(16, 16), kernel=shake[None], sigma=SIGMA)


def test_a_bundle_of_one_s_own_is_a_denoiser(scene: Scene, shake: Tensor, tmp_path: Path) -> None:
    from burnish.inference import load_restorer
    from burnish.restorer.bundle import write_bundle

    config = {"depth": 3, "features": 4, "channels": 1}
    fresh = load_restorer("cnn/dncnn", config, device="cpu", untrained=True).restorer
    assert isinstance(fresh, torch.nn.Module)
    write_bundle(
        tmp_path / "own", restorer="cnn/dncnn", config=config, weights=fresh.state_dict(), distribution="burnish-cnn",
        version="0.1.0",
    )  # fmt: skip
    found = PlugAndPlay(denoiser=str(tmp_path / "own"))(scene(20, 20), kernel=shake[None], sigma=SIGMA)
    assert found.shape == (1, 1, 20, 20)
    assert torch.isfinite(found).all()


def test_one_instance_takes_colour_and_grey_pictures_in_turn(scene: Scene, shake: Tensor) -> None:
    pytest.importorskip("burnish_cnn")
    restorer = PlugAndPlay(iterations=2, boundary="circular")
    for channels in (3, 1, 3):
        degraded = scene(24, 24)[:, :1].expand(-1, channels, -1, -1)
        assert restorer(degraded, kernel=shake[None], sigma=SIGMA).shape == degraded.shape
    assert sorted(name for name, _ in restorer._loaded) == ["cnn/ffdnet:colour", "cnn/ffdnet:grey"]
