"""Restoring files without naming a restorer: each picture is examined, and its own plan is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from burnish.errors import UsageError
from burnish.inference.files.folders import Reading, Restored, each_file
from burnish.inference.files.made import Made
from burnish.io import atomic, write_picture
from burnish.io.formats.video import is_video
from burnish.io.metadata_loss import not_kept
from burnish.io.outputs import output_pairs
from burnish.planning.plan import Plan
from burnish.planning.planner import Planner
from burnish.restorer.options import RestoreOptions


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The outcome for one file."""

    restored: Restored
    plan: Plan
    """Empty where it failed."""


def restore_planned(
    planner: Planner,
    source: Path,
    target: Path,
    options: RestoreOptions | None = None,
    *,
    reading: Reading | None = None,
    quiet: bool = False,
) -> list[Planned]:
    """Restore a picture to a file, or a folder's pictures into a folder, each as its plan says.

    A file of which nothing is changed is copied as it is, unless another format is asked.

    Args:
        planner: Plans for each picture.
        source: A picture, or a folder of them.
        target: As ``burnish.inference.restore_files``.
        options: How it runs.
        reading: How files are read.
        quiet: No progress.

    Raises:
        UsageError: It is a video; or as ``restore_files``.
    """
    if is_video(source):
        raise UsageError(f"{source}: is a video; name a restorer for it with --restorer, --bundle or --model")
    plans: dict[Path, Plan] = {}
    read = (reading or Reading()).reader(source)

    def one(degraded: Path, restored: Path) -> Made:
        picture = read(degraded)
        plan = planner.plan(picture, degraded)
        done = planner.restore(picture, plan, options)
        restored.parent.mkdir(parents=True, exist_ok=True)
        if done.picture is picture and _suffix(degraded) == _suffix(restored):
            atomic.write_whole(restored, degraded.read_bytes())
            lost: tuple[str, ...] = ()
        else:
            write_picture(restored, done.picture)
            lost = not_kept(picture, done.picture, restored)
        plans[degraded] = plan
        return Made(
            megapixels=picture.height * picture.width / 1e6, notes=done.notes + lost, damage=picture.damage,
            transfer=done.transfer, doubtful=done.doubtful,
        )  # fmt: skip

    pairs = output_pairs(source, target)
    done = each_file(pairs, one, description="Restoring", single=not source.is_dir(), quiet=quiet)
    return [Planned(restored=each, plan=plans.get(each.source, Plan())) for each in done]


def _suffix(path: Path) -> str:
    return path.suffix.lower().replace(".jpeg", ".jpg").replace(".tiff", ".tif")
