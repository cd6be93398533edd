"""Plug-and-play deconvolution: half-quadratic splitting whose prior is any installed denoiser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from burnish.errors import RestorationError
from burnish.inference import Restorer, load_named, restore
from torch import Tensor

from burnish_deconvolution.model.blur import Blur, picture, spectrum
from burnish_deconvolution.model.canvas import Boundary, canvas_for
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.channels import parted_channels, per_picture
from burnish_deconvolution.solvers.deconvolver import Deconvolver
from burnish_deconvolution.solvers.denoisers import best_installed
from burnish_deconvolution.solvers.quadratic import DataTerm

_LEAST_SIGMA = 2e-3
"""Least noise level, also for a noiseless picture: the last denoising must have an effect."""


class PlugAndPlay(Deconvolver):
    """x̂ by alternation: x = argmin ‖√M (K x − y)‖² + λ σ²/σₖ² ‖x − z‖², then z = D(x, σₖ), with falling σₖ.

    D is a restorer that undoes Gaussian noise, by id or bundle: it sees the picture with all its channels. The σₖ fall
    from ``start`` to σ in equal ratios over ``iterations`` turns. A denoiser that needs ``sigma`` receives σₖ. One for
    a fixed noise σ₀ (``denoiser_sigma``) is used as D(x, σₖ) = ½ + (D₀(½ + s (x − ½)) − ½)/s with s = σ₀/σₖ; one that
    judges the noise itself is just called.

    References: S. V. Venkatakrishnan et al., doi:10.1109/GlobalSIP.2013.6737048; K. Zhang et al., "Plug-and-Play Image
    Restoration with Deep Denoiser Prior", arXiv:2008.13751.
    """

    def __init__(
        self,
        *,
        denoiser: str = "auto",
        denoiser_config: Mapping[str, Any] | None = None,
        denoiser_sigma: float | None = None,
        iterations: int = 8,
        start: float = 0.19,
        weight: float = 0.23,
        steps: int = 6,
        boundary: Boundary = "unknown",
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, transfer=transfer)
        self.denoiser = denoiser
        self.denoiser_config = dict(denoiser_config or {})
        self.denoiser_sigma = denoiser_sigma
        self.iterations = iterations
        self.start = start
        self.weight = weight
        self.steps = steps
        self._loaded: dict[tuple[str, str], Restorer] = {}

    def _restored(
        self, degraded: Tensor, *, kernel: Tensor, sigma: Tensor, mask: Tensor | None, saturated: Tensor | None
    ) -> Tensor:
        canvas = canvas_for(*degraded.shape[-2:], side=kernel.shape[-1], boundary=self.boundary)
        with torch.autocast(degraded.device.type, enabled=False):
            exact = degraded.detach().float()
            blur, noise = Blur(kernel.float(), canvas), per_picture(sigma, exact)
            told = list(parted_channels(exact, blur, noise, mask=mask, saturated=saturated))
            found = self._scenes([one.recorded for one in told], blur, noise)
            return canvas.crop(torch.cat([one.joined(found[:, i : i + 1]) for i, one in enumerate(told)], dim=1))

    def schedule(self, sigma: Tensor) -> Tensor:
        """σₖ of every iteration, iterations,N,1,1,1, from ``start`` (or σ, if that is larger) to σ."""
        last = sigma.clamp_min(_LEAST_SIGMA)
        first = last.clamp_min(self.start)
        shares = torch.linspace(0.0, 1.0, self.iterations).to(sigma) if self.iterations > 1 else torch.ones(1)
        return torch.stack([first * (last / first) ** float(share) for share in shares])

    def _scenes(self, recorded: list[Recorded], blur: Blur, sigma: Tensor) -> Tensor:
        """The scene on the whole canvas, N,C,rows,columns."""
        known = sigma.clamp_min(_LEAST_SIGMA)
        data = [DataTerm(blur, channel, known, steps=self.steps) for channel in recorded]
        z = torch.cat([channel.start for channel in recorded], dim=1)
        for strength in self.schedule(sigma):
            tied = self.weight * known.square() / strength.square()
            x = torch.empty_like(z)
            for i, term in enumerate(data):
                guess = spectrum(z[:, i : i + 1])
                x[:, i : i + 1] = picture(term.solve(tied, tied * guess, guess), blur.canvas.size)
            z = self._denoised(x, strength)
        return z

    def _denoised(self, x: Tensor, strength: Tensor) -> Tensor:
        """D(x, σₖ), on x's device; ``strength`` is N,1,1,1."""
        loaded = self._denoiser(x.device, x.shape[1])
        if "sigma" in loaded.spec.needs:
            return restore(loaded, x, {"sigma": strength.flatten().clamp_max(1.0)}).to(x)
        if self.denoiser_sigma is None:
            return restore(loaded, x).to(x)
        scale = self.denoiser_sigma / strength
        return 0.5 + (restore(loaded, 0.5 + scale * (x - 0.5)).to(x) - 0.5) / scale

    def _denoiser(self, device: torch.device, channels: int) -> Restorer:
        """The denoiser on that device, loaded on first use.

        Raises:
            RestorationError: It cannot be a prior here.
        """
        name = best_installed(channels) if self.denoiser == "auto" else self.denoiser
        if (name, str(device)) not in self._loaded:
            loaded = load_named(name, self.denoiser_config, device=str(device))
            if loaded.spec.temporal != "single" or loaded.scale != 1 or loaded.spec.needs - {"sigma"}:
                raise RestorationError(
                    f"plug-and-play cannot use {loaded.label}: a denoiser takes single pictures, keeps their size and "
                    "needs only sigma; set `denoiser` to one from `burnish list restorers`"
                )
            self._loaded[name, str(device)] = loaded
        return self._loaded[name, str(device)]
