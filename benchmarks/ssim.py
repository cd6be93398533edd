"""Metrics of ours beside scikit-image and torchmetrics, on one 0.2-megapixel RGB picture: speed and agreement.

Run: python benchmarks/ssim.py
"""

from __future__ import annotations

import numpy as np
import skimage.data
import skimage.metrics
import torch
import torchmetrics.functional.image
from burnish.plugins.catalog import installed
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
    several = installed().create("metrics", "metrics/ms-ssim", {"border": 0})
    others = torchmetrics.functional.image.multiscale_structural_similarity_index_measure
    print("MS-SSIM (torchmetrics counts mirrored pixels beyond the border in the last scale)")
    compare({"burnish": lambda: several(noisy, clean), "torchmetrics": lambda: others(noisy, clean, data_range=1.0)})
    last = float(others(noisy, clean, data_range=1.0))
    print(f"values: burnish {float(several(noisy, clean)):.5f}, torchmetrics {last:.5f}\n")
    grey = [picture.mean(dim=1, keepdim=True).mul(255).round() / 255 for picture in (noisy, clean)]
    blocked = installed().create("metrics", "metrics/psnr-b")
    theirs = torchmetrics.functional.image.peak_signal_noise_ratio_with_blocked_effect
    print("PSNR-B")
    compare({"burnish": lambda: blocked(*grey), "torchmetrics": lambda: theirs(*grey, data_range=1.0)})
    print("seconds without another to compare with")
    rest = {name: installed().create("metrics", f"metrics/{name}") for name in ("gmsd", "niqe", "psnr-shifted")}
    compare({name: lambda metric=metric: metric(noisy, clean) for name, metric in rest.items()}, rounds=5)
    print("PSNR")
    compare(
        {
            "burnish": lambda: psnr(noisy, clean),
            "scikit-image": lambda: skimage.metrics.peak_signal_noise_ratio(b, a, data_range=1),
        }
    )


if __name__ == "__main__":
    main()
