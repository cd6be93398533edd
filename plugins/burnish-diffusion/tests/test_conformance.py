"""Both networks do what every restorer must do, in one step and in several."""

from __future__ import annotations

from burnish.conformance import Check, conform


@conform("diffusion/crd-net", config={"width": 4, "unshuffle": 1})
def test_crd_net_in_one_step_conforms(check: Check) -> None:
    check()


@conform("diffusion/crd-net", config={"width": 4, "channels": 1, "steps": 3})
def test_crd_net_of_grey_pictures_in_three_steps_conforms(check: Check) -> None:
    check()


@conform("diffusion/r-crd-net", config={"width": 4, "features": 8, "steps": 2})
def test_r_crd_net_conforms(check: Check) -> None:
    check()


@conform("diffusion/r-crd-net", config={"width": 4, "features": 8, "channels": 1, "noise": 0.1})
def test_r_crd_net_of_grey_bursts_with_noise_conforms(check: Check) -> None:
    check()
