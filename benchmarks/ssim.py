"""SSIM and PSNR of ours beside scikit-image and torchmetrics, on one 0.4-megapixel RGB picture: speed and agreement.

Run: python benchmarks/ssim.py
"""

from __future__ import annotations

import numpy as np
import skimage.data
import skimage.metrics
import torch
import torchmetrics.functional.image
from burnish.catalog import installed
from pairing import compare


def main() -> None:
    torch.set_num_threads(1)
    clean = torch.from_numpy(skimage.data.coffee()).permute(2, 0, 1)[None] / 255
    noisy = (clean + 0.1 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    noisy = (noisy * 255).round() / 255
    a, b = (np.ascontiguousarray(picture[0].permute(1, 2, 0).numpy().astype(np.float64)) for picture in (noisy, clean))
    ours = installed().create("metrics", "metrics/ssim", {"border": 0})
    psnr = installed().create("metrics", "metrics/psnr", {"border": 0})

    def scikit() -> float:
        _, full = skimage.metrics.structural_similarity(
            a, b, channel_axis=2, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
        )
        return float(full[5:-5, 5:-5].mean())

    def metrics() -> float:
        found = torchmetrics.functional.image.structural_similarity_index_measure(noisy, clean, data_range=1.0)
        return float(found if isinstance(found, torch.Tensor) else found[0])

    print("SSIM")
    compare({"burnish": lambda: ours(noisy, clean), "scikit-image": scikit, "torchmetrics": metrics})
    print(
        f"values: burnish {float(ours(noisy, clean)):.7f}, scikit-image {scikit():.7f}, torchmetrics {metrics():.7f}\n"
    )
    print("PSNR")
    compare(
        {
            "burnish": lambda: psnr(noisy, clean),
            "scikit-image": lambda: skimage.metrics.peak_signal_noise_ratio(b, a, data_range=1),
        }
    )


if __name__ == "__main__":
    main()
