"""Every restorer of this plugin does what every restorer must do."""

from __future__ import annotations

import pytest
from burnish.conformance import Check, conform


@conform("deconvolution/wiener")
def test_wiener_conforms(check: Check) -> None:
    check()


@conform("deconvolution/wiener", config={"boundary": "circular"})
def test_periodic_wiener_conforms(check: Check) -> None:
    check()


@conform("deconvolution/richardson-lucy", config={"iterations": 5})
def test_richardson_lucy_conforms(check: Check) -> None:
    check()


@conform("deconvolution/richardson-lucy", config={"iterations": 5, "boundary": "circular", "tv": 0.0})
def test_periodic_richardson_lucy_conforms(check: Check) -> None:
    check()


@conform("deconvolution/hyper-laplacian")
def test_hyper_laplacian_conforms(check: Check) -> None:
    check()


@conform("deconvolution/hyper-laplacian", config={"boundary": "circular", "alpha": 1.0, "second_order": 0.0})
def test_periodic_hyper_laplacian_conforms(check: Check) -> None:
    check()


@conform("deconvolution/admm-tv", config={"iterations": 10})
def test_admm_tv_conforms(check: Check) -> None:
    check()


@conform("deconvolution/admm-tv", config={"iterations": 10, "boundary": "circular"})
def test_periodic_admm_tv_conforms(check: Check) -> None:
    check()


@conform("deconvolution/plug-and-play", config={"iterations": 3})
def test_plug_and_play_with_non_local_means_conforms(check: Check) -> None:
    check()


@conform(
    "deconvolution/plug-and-play",
    config={"iterations": 3, "denoiser": "classical/median", "denoiser_sigma": 0.05, "boundary": "circular"},
)
def test_plug_and_play_with_a_denoiser_for_one_noise_conforms(check: Check) -> None:
    check()


@conform("deconvolution/deep-wiener", config={"features": 4, "width": 8, "blocks": 1})
def test_deep_wiener_conforms(check: Check) -> None:
    check()


@conform("deconvolution/deep-wiener", config={"features": 3, "width": 4, "channels": 1, "boundary": "circular"})
def test_deep_wiener_of_grey_periodic_pictures_conforms(check: Check) -> None:
    check()


@conform("deconvolution/deconv-net", config={"features": 6, "side": 9, "decoder_blocks": 1})
def test_deconv_net_conforms(check: Check) -> None:
    check()


@conform("deconvolution/deconv-net", config={"features": 4, "side": 7, "inverse": "full", "channels": 1})
def test_deconv_net_with_full_inverse_kernels_conforms(check: Check) -> None:
    check()


@conform("deconvolution/blind", config={"kernel_size": 5, "iterations": 1, "refinements": 1, "force": True})
def test_blind_conforms(check: Check) -> None:
    check()


@pytest.mark.long
@conform(
    "deconvolution/blind",
    config={"kernel_size": 5, "iterations": 1, "solver": "deconvolution/wiener", "dark": 0.004, "force": True},
)
def test_blind_with_another_solver_conforms(check: Check) -> None:
    check()


@pytest.mark.long
@conform("deconvolution/blind", config={"kernel_size": 5, "iterations": 1, "refinements": 1})
def test_blind_that_returns_what_it_does_not_trust_conforms(check: Check) -> None:
    check()
