"""The declarations of metrics that model perception: structure at several scales, gradients, blocks, naturalness."""

from collections.abc import Iterator

from burnish import MetricSpec

from burnish_metrics.declared.stated import CHANNELS, CONFIG, LUMA, PSNR, RANGE, ROUNDING, SSIM


def metrics() -> Iterator[MetricSpec]:
    """MS-SSIM, GMSD, PSNR-B and NIQE."""
    yield MetricSpec(
        name="ms-ssim",
        factory="burnish_metrics.fidelity.ms_ssim:MsSsim",
        summary="Structural similarity at five scales; pictures of 176 pixels or more",
        config={
            "scales": {
                "type": "integer",
                "minimum": 1,
                "maximum": 5,
                "default": 5,
                "description": "number of scales; the least size is 11 pixels for one scale and doubles with each "
                "further one",
            },
            **CONFIG,
        },
        reference="doi:10.1109/ACSSC.2003.1292216",
        protocol={
            **SSIM,
            "luma": CHANNELS,
            "scales": "means over 2×2 pixels in between, an odd last row or column left out",
            "weights": "0.0448, 0.2856, 0.3001, 0.2363, 0.1333; of fewer scales the first, made to sum to 1",
            "mean": "of each scale over pixels and channels, then the product; negative means count as 0",
        },
    )
    yield MetricSpec(
        name="gmsd",
        factory="burnish_metrics.fidelity.gmsd:Gmsd",
        summary="Gradient magnitude similarity deviation of luma",
        config=CONFIG,
        higher_is_better=False,
        reference="doi:10.1109/TIP.2013.2293423",
        protocol={
            "luma": LUMA,
            "window": "Prewitt 3×3 divided by 3, after a mean over 2×2 and every second pixel; zeros beyond the border",
            "constants": "c = 170",
            "variances": "N − 1",
            "data_range": 255,
        },
    )
    yield MetricSpec(
        name="psnr-b",
        factory="burnish_metrics.fidelity.psnr_b:PsnrB",
        summary="Peak signal-to-noise ratio of luma that also penalizes the edges of 8×8 blocks",
        config={"rounding": ROUNDING, "data_range": RANGE},
        unit="dB",
        reference="doi:10.1109/TIP.2010.2060345",
        protocol={
            **PSNR,
            "formula": "10 log10(peak²/(MSE + BEF)) of each image; inf for equal images without blocks",
            "luma": LUMA,
            "border": "none: blocks begin at the corner",
            "blocks": "8×8; 2·H·W/8 − 2 neighbours across their edges, as the paper has it",
        },
    )
    yield MetricSpec(
        name="niqe",
        factory="burnish_metrics.niqe:Niqe",
        summary="Distance of a picture's statistics from those of good photographs, without a reference",
        config={
            "block": {
                "type": "integer",
                "minimum": 16,
                "multipleOf": 2,
                "default": 96,
                "description": "side of the blocks in pixels; the model was fitted with 96",
            },
            **CONFIG,
        },
        higher_is_better=False,
        needs_reference=False,
        reference="doi:10.1109/LSP.2012.2227726",
        protocol={
            "luma": LUMA,
            "window": "Gaussian 7×7, σ 7/6, borders repeated; scales 1 and ½ (bicubic, antialiased)",
            "model": "burnish_metrics/models/niqe.npz, fitted to the photographs named in its card",
            "data_range": 255,
        },
    )
