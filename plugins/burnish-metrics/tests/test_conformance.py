"""Every metric passes the conformance kit."""

from burnish.conformance import Check, conform


@conform("metrics/psnr")
def test_psnr_conforms(check: Check) -> None:
    check()


@conform("metrics/ssim")
def test_ssim_conforms(check: Check) -> None:
    check()


@conform("metrics/ms-ssim", config={"scales": 3})
def test_ms_ssim_conforms(check: Check) -> None:
    check()


@conform("metrics/gmsd")
def test_gmsd_conforms(check: Check) -> None:
    check()


@conform("metrics/psnr-b")
def test_psnr_b_conforms(check: Check) -> None:
    check()


@conform("metrics/niqe", config={"block": 32})
def test_niqe_conforms(check: Check) -> None:
    check()


@conform("metrics/psnr-shifted")
def test_psnr_shifted_conforms(check: Check) -> None:
    check()


@conform("metrics/error-ratio", config={"step": 0.5})
def test_error_ratio_conforms(check: Check) -> None:
    check()


@conform("metrics/kernel-error")
def test_kernel_error_conforms(check: Check) -> None:
    check()


@conform("metrics/endpoint-error")
def test_endpoint_error_conforms(check: Check) -> None:
    check()


@conform("metrics/temporal-consistency")
def test_temporal_consistency_conforms(check: Check) -> None:
    check()


@conform("metrics/psnr-scale-invariant")
def test_psnr_scale_invariant_conforms(check: Check) -> None:
    check()


@conform("metrics/ssim-scale-invariant")
def test_ssim_scale_invariant_conforms(check: Check) -> None:
    check()


@conform("metrics/upsnr")
def test_upsnr_conforms(check: Check) -> None:
    check()


@conform("metrics/shot-error")
def test_shot_error_conforms(check: Check) -> None:
    check()


@conform("metrics/sure")
def test_sure_conforms(check: Check) -> None:
    check()


@conform("metrics/consistency")
def test_consistency_conforms(check: Check) -> None:
    check()


@conform("metrics/improvement")
def test_improvement_conforms(check: Check) -> None:
    check()


@conform("metrics/omission")
def test_omission_conforms(check: Check) -> None:
    check()


@conform("metrics/hallucination")
def test_hallucination_conforms(check: Check) -> None:
    check()
