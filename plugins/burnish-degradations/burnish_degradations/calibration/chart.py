"""The plot of a fit as SVG: the variance of the noise against the brightness, measured and by the model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

import numpy as np

from burnish_degradations.calibration.fitting import Fit, variance_of

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 72, 620, 72, 344
"""The plot is between these four, in user units, y downwards."""
PEAK = 255.0
"""Axes are in levels of 8 bit."""
OUTLIER = 0.5
"""Levels with a smaller weight are drawn pale."""
STYLE = (
    "text{font:12px sans-serif;fill:#333}.title{font-size:15px;font-weight:600}.axis,.tick{stroke:#999;fill:none}"
    ".level{fill:#2a6fb0}.pale{fill:#2a6fb0;opacity:.25}.model{stroke:#c0392b;stroke-width:2;fill:none}"
    "@media (prefers-color-scheme:dark){svg{background:#1b1b1b}text{fill:#ddd}.level,.pale{fill:#7db7ec}"
    ".model{stroke:#ff8a75}}"
)


def chart(fitted: Fit, title: str) -> str:
    """The whole file; every level shows its figures under the pointer, and the text is readable by screen readers."""
    return "\n".join(_lines(fitted, title)) + "\n"


def _lines(fitted: Fit, title: str) -> Iterator[str]:
    model, levels = fitted.model, fitted.levels
    sigma = np.sqrt(np.maximum(levels.variance, 0.0)) * PEAK
    highest = PEAK**2 * max(
        float(np.quantile(levels.variance, 0.98)) * 1.15,
        float(variance_of(model, levels.brightness).max()) * 1.1,
        1e-12,
    )
    words = (
        f"gain {model.gain:.4g}, read noise {model.read_noise:.4g}, offset {model.offset:.4g} (units of [0, 1])",
        f"{len(levels)} levels, median deviation {fitted.deviation:.1%}",
    )
    heading = _attribute(f"{title}: {'; '.join(words)}")
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{heading}">'
    yield f"<style>{STYLE}</style>"
    yield f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>'
    yield from (f'<text x="{LEFT}" y="{42 + 16 * row}">{line}</text>' for row, line in enumerate(words))
    yield f'<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>'
    for value in ticks(PEAK):
        x = _x(value / PEAK)
        yield f'<path class="tick" d="M{x} {BOTTOM}v5"/><text x="{x}" y="{BOTTOM + 20}" text-anchor="middle">{value:g}</text>'  # noqa: E501
    for value in ticks(highest):
        y = _y(value, highest)
        yield f'<path class="tick" d="M{LEFT} {y}h-5"/><text x="{LEFT - 9}" y="{y + 4}" text-anchor="end">{value:g}</text>'  # noqa: E501
    yield f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle">brightness (of 255)</text>'
    yield f'<text transform="translate(18 {(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">variance of the noise (of 255²)</text>'  # noqa: E501
    for brightness, variance, weight, deviation in zip(
        levels.brightness, levels.variance, fitted.weights, sigma, strict=True
    ):
        if 0.0 <= brightness <= 1.0 and variance * PEAK**2 <= highest:
            kind = "level" if weight >= OUTLIER else "pale"
            yield (
                f'<circle class="{kind}" cx="{_x(brightness)}" cy="{_y(variance * PEAK**2, highest)}" r="3">'
                f"<title>brightness {brightness * PEAK:.1f}, σ {deviation:.2f}</title></circle>"
            )
    line = np.linspace(0.0, 1.0, 101)
    places = (
        f"{_x(x)} {_y(min(v * PEAK**2, highest), highest)}"
        for x, v in zip(line, variance_of(model, line), strict=True)
        if v * PEAK**2 <= highest
    )
    yield f'<path class="model" d="M{" L".join(places)}"/>'
    yield "</svg>"


def ticks(highest: float) -> list[float]:
    """Three to seven round numbers from 0 to the highest."""
    power = 10.0 ** math.floor(math.log10(highest / 3.0))
    step = next(part * power for part in (5.0, 2.0, 1.0) if highest / (part * power) >= 2.5)
    return [round(number * step, 12) for number in range(math.floor(highest / step) + 1)]


def _x(brightness: float) -> float:
    return round(LEFT + brightness * (RIGHT - LEFT), 1)


def _y(variance: float, highest: float) -> float:
    return round(BOTTOM - variance / highest * (BOTTOM - TOP), 1)


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
