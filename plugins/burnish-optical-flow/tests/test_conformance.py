"""Every restorer and the command pass the conformance kit."""

from burnish.conformance import Check, conform


@conform("optical-flow/burst-fusion", config={"window": 64})
def test_burst_fusion_conforms(check: Check) -> None:
    check()


@conform("optical-flow/burst-fusion", config={"align": False, "window": 64})
def test_burst_fusion_without_alignment_conforms(check: Check) -> None:
    check()


@conform("optical-flow/burst-fusion", config={"estimator": "lucas-kanade", "shrink": 1, "window": 64})
def test_burst_fusion_with_an_estimator_of_ours_conforms(check: Check) -> None:
    check()


@conform("optical-flow/flow-deblur", config={"iterations": 3})
def test_flow_deblur_conforms(check: Check) -> None:
    check()


@conform("optical-flow/flow")
def test_flow_conforms(check: Check) -> None:
    check()
