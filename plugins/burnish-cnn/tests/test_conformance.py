"""All networks do what every restorer must do."""

from __future__ import annotations

from burnish.conformance import Check, conform


@conform("cnn/dncnn", config={"depth": 4, "features": 8})
def test_dncnn_conforms(check: Check) -> None:
    check()


@conform("cnn/dncnn", config={"depth": 3, "features": 8, "channels": 1, "norm": "none"})
def test_dncnn_of_grey_pictures_without_normalisation_conforms(check: Check) -> None:
    check()


@conform("cnn/dncnn", config={"depth": 3, "features": 8, "unshuffle": 2})
def test_dncnn_on_a_coarser_grid_conforms(check: Check) -> None:
    check()


@conform(
    "cnn/nafnet",
    config={"width": 4, "encoder_blocks": [1, 1], "middle_blocks": 1, "decoder_blocks": [1, 1], "train_size": 8},
)
def test_nafnet_conforms(check: Check) -> None:
    check()


@conform("cnn/ffdnet", config={"depth": 3, "features": 8})
def test_ffdnet_conforms(check: Check) -> None:
    check()


@conform("cnn/ffdnet", config={"depth": 3, "features": 8, "channels": 1, "norm": "none", "output": "clean"})
def test_ffdnet_as_published_of_grey_pictures_conforms(check: Check) -> None:
    check()


@conform("cnn/blind-ffdnet", config={"depth": 3, "features": 8, "estimator_depth": 3, "estimator_features": 4})
def test_blind_ffdnet_conforms(check: Check) -> None:
    check()


@conform("cnn/unet", config={"width": 4, "levels": 2})
def test_unet_conforms(check: Check) -> None:
    check()


@conform("cnn/unet", config={"width": 4, "levels": 1, "blocks": 2, "channels": 1, "unshuffle": 4})
def test_unet_of_grey_pictures_conforms(check: Check) -> None:
    check()
