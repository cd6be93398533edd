"""All networks do what every restorer must do."""

from __future__ import annotations

from burnish.conformance import Check, conform


@conform("self-supervised/blind-spot-net", config={"width": 4, "levels": 2})
def test_the_blind_spot_network_conforms(check: Check) -> None:
    check()


@conform(
    "self-supervised/blind-spot-net",
    config={"channels": 1, "width": 4, "levels": 1, "unshuffle": 4, "noise": "poisson-gaussian"},
)
def test_the_blind_spot_network_of_grey_pictures_with_noise_that_grows_with_the_value_conforms(check: Check) -> None:
    check()


@conform("self-supervised/ap-bsn-net", config={"features": 4, "modules": 2, "refinements": 3})
def test_ap_bsn_conforms(check: Check) -> None:
    check()


@conform(
    "self-supervised/ap-bsn-net", config={"channels": 1, "features": 4, "modules": 1, "stride": 3, "refinements": 0}
)
def test_ap_bsn_of_grey_pictures_without_refinement_conforms(check: Check) -> None:
    check()


@conform("self-supervised/noise2noise")
def test_noise2noise_conforms(check: Check) -> None:
    check()


@conform("self-supervised/noise2void")
def test_noise2void_conforms(check: Check) -> None:
    check()


@conform("self-supervised/noise2void", config={"fill": "median", "line": "row"})
def test_noise2void_of_lines_conforms(check: Check) -> None:
    check()


@conform("self-supervised/neighbor2neighbor")
def test_neighbor2neighbor_conforms(check: Check) -> None:
    check()


@conform("self-supervised/blind-spot")
def test_blind_spot_conforms(check: Check) -> None:
    check()


@conform("self-supervised/sure")
def test_sure_conforms(check: Check) -> None:
    check()


@conform("self-supervised/unsure", config={"noise": "poisson-gaussian"})
def test_unsure_conforms(check: Check) -> None:
    check()


@conform("self-supervised/recorrupted")
def test_recorrupted_conforms(check: Check) -> None:
    check()


@conform("self-supervised/ap-bsn")
def test_ap_bsn_the_learner_conforms(check: Check) -> None:
    check()
