"""Blind deconvolution: estimates the blur first, then undoes it by a restorer that receives the kernel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from burnish.errors import ConfigError
from burnish.inference import Restorer, in_light, load_restorer, restore
from burnish.ops.luma import luma
from burnish.ops.transfer import Transfer
from burnish.restorer.notes import doubt, note
from torch import Tensor

from burnish_deconvolution.blind.confidence import LEAST_RADIUS, Confidence
from burnish_deconvolution.blind.curve import blurred_as_stored
from burnish_deconvolution.blind.evidence import impulse
from burnish_deconvolution.blind.noise import mean_noise_level
from burnish_deconvolution.blind.pyramid import Estimation
from burnish_deconvolution.blind.region import telling_place, telling_region
from burnish_deconvolution.blind.search import search
from burnish_deconvolution.blind.trust import trust
from burnish_deconvolution.model.recorded import filled
from burnish_deconvolution.model.transfers import TransferName

AUTOMATIC_SHARE = 8
"""The automatic largest kernel is this part of the shorter side of the region."""
AUTOMATIC_MOST = 41
"""Largest automatic side of a kernel in pixels. Given more room than the blur needs, some pictures find a blur that is
larger than theirs, and ring."""
MOST_UNLIKE = 1.6
"""Ratio of the radii of the blurs of light and of stored values, beyond which the latter is no blur but a mistake: of
four pictures and a frame of GoPro's, blurred as stored, up to 1.31; of a photograph that is soft by its lens, 2.6."""
AS_STORED = "its blur is one of the stored values, not of light"
NOT_BLURRED = "no blur was found in it"
INSTEAD = "so it is returned as it is; --force returns the estimate"
MOST_LEFT = 0.5
"""Part of a picture whose estimate cannot be right, beyond which none of it is trusted."""
LEAST_LEFT = 0.005
"""A smaller part is not worth a word."""
LEAST_SIDE = 24
"""Shorter side in pixels below which no blur is estimated: the picture is assumed to be sharp."""


class Blind:
    """Estimates kernel and noise of every picture and hands them to the restorer ``solver``.

    See ``search.search`` for the kernel and ``pyramid.climb`` for its sources. What the found kernel lacks of the true
    one acts like noise: the solver receives √(σ² + ``mistrust``²) instead of the measured σ. Where no blur is found, or
    none that can be trusted, the picture is returned as it is, and that is said; so is a part that moved otherwise (see
    ``trust.trust``). ``force`` returns the estimate.
    """

    def __init__(
        self,
        *,
        solver: str = "deconvolution/hyper-laplacian",
        solver_config: Mapping[str, Any] | None = None,
        kernel_size: int = 0,
        gradient: float = 8e-3,
        dark: float = 0.0,
        weight: float = 2.0,
        threshold: float = 0.05,
        iterations: int = 5,
        refinements: int = 3,
        region: int = 640,
        mistrust: float = 0.007,
        force: bool = False,
        transfer: TransferName = "linear",
    ) -> None:
        check_size(kernel_size)
        self.solver = solver
        self.solver_config = dict(solver_config or {})
        self.kernel_size = kernel_size
        self.how = Estimation(
            gradient=gradient,
            dark=dark,
            weight=weight,
            threshold=threshold,
            iterations=iterations,
            refinements=refinements,
        )
        self.region = region
        self.mistrust = mistrust
        self.force = force
        self.transfer = transfer
        self._loaded: dict[str, Restorer] = {}

    def __call__(
        self,
        degraded: Tensor,
        *,
        mask: Tensor | None = None,
        saturated: Tensor | None = None,
        curve: Transfer | None = None,
    ) -> Tensor:
        """N,C,H,W of unknown blur and noise → the same size; every picture has a kernel of its own.

        ``mask`` (0 where nothing is known) and ``saturated`` (1 where the sensor was full), N,1,H,W or N,C,H,W, are for
        the solver. With ``curve``, by which ``degraded`` was converted to light, the picture itself tells whether light
        was blurred or the stored values were.
        """
        if curve is not None and curve.name != "linear" and self.transfer == "linear":
            return self._each(degraded, mask=mask, saturated=saturated, curve=curve)
        return in_light(self.transfer, self._each, degraded, mask=mask, saturated=saturated)

    def _each(
        self, degraded: Tensor, *, mask: Tensor | None, saturated: Tensor | None, curve: Transfer | None = None
    ) -> Tensor:
        told = {"mask": mask, "saturated": saturated}
        parts = [{name: None if x is None else x[i : i + 1] for name, x in told.items()} for i in range(len(degraded))]
        return torch.cat([self._restored(degraded[i : i + 1], part, curve) for i, part in enumerate(parts)])

    def _restored(self, picture: Tensor, told: Mapping[str, Tensor | None], curve: Transfer | None) -> Tensor:
        """1,C,H,W; with ``curve`` as stored values, if these were blurred."""
        seen = picture if told["mask"] is None else filled(picture, told["mask"])
        blur = self._found(seen)
        if curve is not None and blur.radius >= LEAST_RADIUS and self._blurred_as_stored(seen[0], curve, blur.kernel):
            other = self._found(curve.from_light(seen))
            if max(other.radius, blur.radius) <= MOST_UNLIKE * min(other.radius, blur.radius):
                note(AS_STORED)
                return curve.to_light(self._undone(curve.from_light(picture), other, told))
        return self._undone(picture, blur, told)

    def _found(self, picture: Tensor) -> FoundBlur:
        return find_blur(picture[0], kernel_size=self.kernel_size, how=self.how, region=self.region)

    def _undone(self, picture: Tensor, blur: FoundBlur, told: Mapping[str, Tensor | None]) -> Tensor:
        """The estimate, 1,C,H,W; the picture where it is not to be trusted, which is said."""
        solver = self._ready(picture.device)
        tell(blur, force=self.force)
        if not (blur.confident or self.force):
            return picture.clone()
        noise = torch.tensor([min(1.0, math.hypot(blur.sigma, self.mistrust))])
        conditions = {"kernel": blur.kernel[None].cpu(), "sigma": noise, **told}
        estimate = restore(solver, picture, conditions, tile="auto").to(picture)
        return estimate if self.force or blur.text else _trusted(picture, estimate, len(blur.kernel))

    def _blurred_as_stored(self, light: Tensor, curve: Transfer, kernel: Tensor) -> bool:
        grey, stored = grey_of(light.float()), grey_of(curve.from_light(light.float()))
        place = telling_place(grey, self.region or max(grey.shape))
        return blurred_as_stored(grey[place], stored[place], curve, kernel)

    def _ready(self, device: torch.device) -> Restorer:
        if str(device) not in self._loaded:
            loaded = load_restorer(self.solver, self.solver_config, device=str(device))
            if "kernel" not in loaded.spec.needs or loaded.spec.needs - {"kernel", "sigma"}:
                needs = ", ".join(sorted(loaded.spec.needs)) or "nothing"
                raise ConfigError(
                    f"solver {loaded.id}: needs {needs}; choose a restorer that needs kernel, or kernel and sigma"
                )
            self._loaded[str(device)] = loaded
        return self._loaded[str(device)]


@dataclass(frozen=True, kw_only=True)
class FoundBlur:
    """The blur of one picture."""

    kernel: Tensor
    """k,k, non-negative, sums to 1, its centre of gravity in the middle, convolution orientation."""
    sigma: float
    """Noise in [0, 1] units."""
    confidence: Confidence | None
    """None: the picture is too small to tell."""

    @property
    def radius(self) -> float:
        """Of the kernel in pixels; 0: none."""
        return self.confidence.radius if self.confidence else 0.0

    @property
    def blurred(self) -> bool:
        """Whether there is a blur to undo."""
        return self.confidence is not None and self.confidence.blurred

    @property
    def text(self) -> bool:
        """Whether the picture is taken for text, whose estimate has far more texture than its blurred picture."""
        return self.confidence is not None and self.confidence.text

    @property
    def confident(self) -> bool:
        """Whether there is a blur, and it was found."""
        return self.blurred and not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks against the kernel."""
        return self.confidence.reasons if self.confidence else ()


@torch.no_grad()
def find_blur(channels: Tensor, *, kernel_size: int = 0, how: Estimation | None = None, region: int = 640) -> FoundBlur:
    """Kernel and noise of one blurred picture.

    Args:
        channels: C,H,W in [0, 1], C = 1 or 3; of colours, the luma counts.
        kernel_size: Largest side of the kernel in pixels, odd; 0: an eighth of the picture's (or region's) shorter
            side, at most 41. A kernel that is smaller is found all the same.
        how: Weights and counts of the estimation.
        region: Side in pixels of the square of a larger picture that is used; 0: all of it.

    Raises:
        ConfigError: ``kernel_size`` is even.
    """
    check_size(kernel_size)
    with torch.autocast(channels.device.type, enabled=False):
        exact = channels.float()
        sigma = mean_noise_level(exact)
        grey = grey_of(exact)
        part = telling_region(grey, region) if region else grey
        shorter = min(part.shape)
        if shorter < LEAST_SIDE:
            return FoundBlur(kernel=impulse(grey), sigma=sigma, confidence=None)
        side = min(kernel_size or automatic_size(part), (shorter // 3 - 1) | 1)
        found = search(part, side, how or Estimation())
    return FoundBlur(kernel=found.kernel, sigma=sigma, confidence=found.confidence)


def tell(blur: FoundBlur, *, force: bool) -> None:
    """Say where no blur was found, or none that can be trusted, and what is returned then."""
    if not blur.blurred:
        note(NOT_BLURRED if force else f"{NOT_BLURRED}, {INSTEAD}")
    elif not blur.confident:
        doubt(f"{doubted(blur)}; the estimate may be worse" if force else f"{doubted(blur)}, {INSTEAD}")


def _trusted(picture: Tensor, estimate: Tensor, side: int) -> Tensor:
    """The estimate, 1,C,H,W, with the picture in its place where it cannot be right; says so."""
    weight = trust(picture, estimate, side)
    left = 1.0 - float(weight.mean())
    if left > MOST_LEFT:
        doubt(f"its blur differs from place to place: {left:.0%} of the estimate is implausible, {INSTEAD}")
        return picture.clone()
    if left >= LEAST_LEFT:
        note(f"{left:.0%} of it is left as it is, where another blur than elsewhere makes the estimate implausible")
    return torch.lerp(picture, estimate, weight)


def doubted(blur: FoundBlur) -> str:
    """Why the blur is not to be trusted."""
    return f"its blur was not found with confidence ({', '.join(blur.reasons)})"


def grey_of(channels: Tensor) -> Tensor:
    """C,H,W → H,W: the only channel, or BT.601 luma with black at 0 and white at 1."""
    if len(channels) == 1:
        return channels[0]
    return (luma(channels[None])[0, 0] * 255.0 - 16.0) / 219.0


def automatic_size(grey: Tensor) -> int:
    """The largest kernel to search for in H,W when nothing is known."""
    return min(AUTOMATIC_MOST, (min(grey.shape) // AUTOMATIC_SHARE) | 1)


def check_size(kernel_size: int) -> None:
    """Refuse an even side.

    Raises:
        ConfigError: It is even and not 0.
    """
    if kernel_size < 0 or (kernel_size and kernel_size % 2 == 0):
        raise ConfigError(
            f"kernel_size {kernel_size}: is not odd; give {abs(kernel_size) + 1}, or 0 for the automatic size"
        )
