"""The page of the gallery: a table of all figures; of each restorer the picture, the commands, the lines of Python."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from gallery_scenes import PAN as FRAMES
from gallery_scenes import Scene, left_out

Figures = Mapping[str, Mapping[str, float]]

SAMPLE = "burnish data sample photographs"
"""The command that all others need before them."""
PAN_SIDE = 256
PAN = f"""from pathlib import Path
import burnish

picture = burnish.read("photographs/test/coffee.png").pixels
Path("pan").mkdir()
for t in range({FRAMES}):
    burnish.write(f"pan/{{t:04}}.png", picture[72:{72 + PAN_SIDE}, 150 + t:{150 + PAN_SIDE} + t])
"""
"""The lines that make the clip."""

HEAD = f"""# Gallery

What every installed restorer does to a photograph that it has never seen: degraded, restored, clean, with a detail of
each in its own pixels. Below each picture stand the commands that made it, and the lines of Python that write the same
picture as the last command.

`python benchmarks/gallery.py` makes this page, the pictures and the figures. The commands need photographs, of which
any use is allowed, and a clip:

```bash
{SAMPLE}
```

```python
{PAN}```

Figures are of this one picture, stored with 8 bits: PSNR in dB and SSIM, each of the degraded picture → of the restored
one. Of a burst the degraded picture is the first frame, of a clip the picture is the frame in the middle. What is
enlarged is compared with its bicubic enlargement. The [leaderboard](../leaderboard.md) compares restorers on whole
benchmarks.
"""


def page(scenes: Mapping[str, Scene], figures: Figures) -> str:
    """The page as Markdown."""
    lines = [HEAD, "| restorer | shown with | PSNR | SSIM |", "|---|---|---:|---:|"]
    for name in figures:
        told = figures[name]
        link = f"[`{name}`](#{_anchor(name)})"
        lines.append(
            f"| {link} | {_shown_with(scenes[name])} | {_change(told, 'psnr', 2)} | {_change(told, 'ssim', 3)} |"
        )
    lines += ["", *(line for name in figures for line in _section(scenes[name]))]
    lines += ["## Not shown", "", "| restorer | why |", "|---|---|"]
    lines += [f"| `{name}` | {why} |" for name, why in left_out().items()]
    return "\n".join(lines).rstrip() + "\n"


def _section(scene: Scene) -> Iterator[str]:
    yield from (f"## {scene.name} {{#{_anchor(scene.name)}}}", "")
    yield from (f"![Degraded, restored by {scene.name}, clean]({scene.picture})", "")
    yield from ("```bash", *scene.commands, "```", "")
    yield from ("```python", scene.python.rstrip(), "```", "")


def _shown_with(scene: Scene) -> str:
    settings = ", ".join(f"{key} {json.dumps(value)}" for key, value in scene.config.items())
    return f"`{scene.degrader}`, {settings}"


def _change(figures: Mapping[str, float], metric: str, places: int) -> str:
    before, after = figures.get(f"{metric} before"), figures[f"{metric} after"]
    return f"{before:.{places}f} → **{after:.{places}f}**" if before is not None else f"**{after:.{places}f}**"


def _anchor(name: str) -> str:
    return name.replace("/", "-").replace(":", "-")
