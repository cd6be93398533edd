"""Both generators do what every restorer must do."""

from __future__ import annotations

from burnish.conformance import Check, conform


@conform("gan/deblurgan", config={"width": 4, "pyramid": 4, "levels": 2, "blocks": 1})
def test_deblurgan_conforms(check: Check) -> None:
    check()


@conform("gan/deblurgan", config={"width": 2, "pyramid": 4, "levels": 1, "blocks": 1, "channels": 1})
def test_deblurgan_of_grey_pictures_conforms(check: Check) -> None:
    check()


@conform("gan/esrgan", config={"blocks": 1, "features": 4, "growth": 2})
def test_esrgan_conforms(check: Check) -> None:
    check()


@conform("gan/esrgan", config={"blocks": 1, "features": 4, "growth": 2, "scale": 2, "channels": 1})
def test_esrgan_of_grey_pictures_twice_as_large_conforms(check: Check) -> None:
    check()
