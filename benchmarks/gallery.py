"""The gallery: what every installed restorer does to a photograph: `python benchmarks/gallery.py [ID …] [--out DIR]`.

For each restorer, with each of the weights that ship with it, it runs the commands that the page shows, and its lines
of Python, which must write the same picture. It writes a JPEG (degraded, restored, clean) for each, ``figures.json``,
and ``README.md``, the page. The photographs come with installed packages (`burnish data sample`); any use of them is
allowed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import gallery_page
import torch
from burnish.cli.main import main as burnish
from burnish.inference import load_restorer
from burnish.io import Picture, from_tensor, read_picture, to_tensor, write_picture
from burnish.plugins.catalog import installed
from burnish.protocols import Metric
from burnish.reporting.strip import Panel, write_strip
from gallery_scenes import Scene, scenes

FIGURES = "figures.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", metavar="ID", help="default: all")
    parser.add_argument("--out", type=Path, default=Path("docs/gallery"), help="default: docs/gallery")
    arguments = parser.parse_args()
    out: Path = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    shown = scenes()
    figures = json.loads((out / FIGURES).read_text()) if (out / FIGURES).is_file() else {}
    with tempfile.TemporaryDirectory() as place:
        prepare(Path(place))
        for name in arguments.ids or shown:
            figures[name] = draw(shown[name], Path(place), out)
            print(name, figures[name], flush=True)
    kept = {name: figures[name] for name in sorted(shown) if name in figures}
    (out / FIGURES).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    (out / "README.md").write_text(gallery_page.page(shown, kept), encoding="utf-8")
    for picture in set(out.glob("*.jpg")) - {out / shown[name].picture for name in kept}:
        picture.unlink()


def prepare(folder: Path) -> None:
    """The photographs and the clip that the commands start from."""
    with contextlib.chdir(folder):
        run(gallery_page.SAMPLE)
        exec(gallery_page.PAN, {})  # noqa: S102  (the page's own lines)


def draw(scene: Scene, photographs: Path, out: Path | None) -> dict[str, float]:
    """Run the commands and the lines of a scene, draw its picture into ``out``, and give its figures.

    Raises:
        AssertionError: The lines of Python write another picture than the commands.
    """
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        for name in ("photographs", "pan"):
            Path(name).symlink_to(photographs / name)
        for line in scene.commands:
            run(line)
        by_command = tensor(Path(scene.restored))
        exec(scene.python, {})  # noqa: S102
        by_python = tensor(Path(scene.restored))
        assert torch.equal(by_command, by_python), f"{scene.name}: command and Python differ"
        degraded = tensor(Path(scene.degraded))
        target = inner(Path(scene.clean), by_python)
        before = enlarged(degraded, scene) if scene.scale > 1 else degraded
        figures = {}
        for metric in ("psnr", "ssim"):
            for when, picture in (("before", before), ("after", by_python)):
                if picture is not None:
                    figures[f"{metric} {when}"] = round(score(metric, picture, target), 4)
        if out is not None:
            write_picture(Path("clean.png"), from_tensor(target, read_picture(Path(scene.clean))))
            strip(scene, figures, out)
    return figures


def run(line: str) -> None:
    """One line of a shell, in this process."""
    words = shlex.split(line)
    if words[0] == "python":
        exec(words[2], {})  # noqa: S102
        return
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        status = burnish([*words[1:]])
    if status:
        raise SystemExit(f"{line}\n{said.getvalue()}")


def tensor(path: Path) -> torch.Tensor:
    return to_tensor(read_picture(path))


def inner(clean: Path, estimate: torch.Tensor) -> torch.Tensor:
    """The part of a clean picture that all frames of a burst show: less than the whole by a margin on every side."""
    whole = tensor(clean)
    top, left = ((side - part) // 2 for side, part in zip(whole.shape[-2:], estimate.shape[-2:], strict=True))
    return whole[..., top : top + estimate.shape[-2], left : left + estimate.shape[-1]]


def enlarged(degraded: torch.Tensor, scene: Scene) -> torch.Tensor | None:
    """What a restorer that enlarges is compared with: the bicubic enlargement; None for the bicubic one itself."""
    if scene.name == "classical/bicubic":
        return None
    estimate: torch.Tensor = load_restorer("classical/bicubic", {"scale": scene.scale}, device="cpu")(degraded)
    return estimate.clamp(0, 1)


def score(metric: str, picture: torch.Tensor, target: torch.Tensor) -> float:
    counted = cast(Metric, installed().create("metrics", f"metrics/{metric}", {}))
    return float(counted(picture, target)[0])


def strip(scene: Scene, figures: Mapping[str, float], out: Path) -> None:
    """Degraded, restored, clean, side by side, as a JPEG."""
    panels = list(_panels(scene, figures))
    made = write_strip(Path("strip.png").resolve(), panels, width=300)
    write_picture(out / scene.picture, Picture(pixels=read_picture(made).pixels), quality=70)


def _panels(scene: Scene, figures: Mapping[str, float]) -> Iterator[Panel]:
    for label, path, when in (
        ("degraded", scene.degraded, "before"), (scene.name, scene.restored, "after"), ("clean", "clean.png", "")
    ):  # fmt: skip
        told: dict[str, Any] = {
            name.upper(): figures[f"{name} {when}"] for name in ("psnr", "ssim") if f"{name} {when}" in figures
        }
        more = " (figures: enlarged by bicubic)" if label == "degraded" and scene.scale > 1 and told else ""
        yield Panel(label=f"{label}{more}", path=Path(path).resolve(), figures=told)


if __name__ == "__main__":
    sys.exit(main())
