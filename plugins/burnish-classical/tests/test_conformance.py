"""Every restorer passes the conformance kit."""

from burnish.conformance import Check, conform


@conform("classical/bicubic", config={"scale": 3})
def test_bicubic_conforms(check: Check) -> None:
    check()


@conform("classical/unsharp")
def test_unsharp_conforms(check: Check) -> None:
    check()


@conform("classical/median", config={"size": 7})
def test_median_conforms(check: Check) -> None:
    check()


@conform("classical/bilateral")
def test_bilateral_conforms(check: Check) -> None:
    check()


@conform("classical/nlm")
def test_nlm_conforms(check: Check) -> None:
    check()


@conform("classical/bm3d")
def test_bm3d_conforms(check: Check) -> None:
    check()


@conform("classical/total-variation", config={"iterations": 20})
def test_total_variation_conforms(check: Check) -> None:
    check()


@conform("classical/guided-filter", config={"radius": 3})
def test_guided_filter_conforms(check: Check) -> None:
    check()
