"""200 pictures restored by Dask, Ray, processes or one thread are the very same bytes; deaths cost only time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
from burnish.inference import load_restorer
from burnish.restorer.bundle import write_bundle
from skimage import data
from workshop import BURNISH, Project, end, environment, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

COUNT = 200
PHOTOGRAPHS = (data.astronaut, data.chelsea, data.coffee, data.camera)

PLUGIN = """
    from burnish import RestorerSpec, hookimpl

    @hookimpl
    def register_restorers():
        yield RestorerSpec(name="mortal", factory="burnish_mortal:mortal", summary="Dies of black pictures")
"""
MORTAL = """
    import os

    def mortal():
        def restore(degraded):
            if not degraded.any():
                os.kill(os.getpid(), 9)
            return degraded
        return restore
"""


class Bench:
    """A folder with pictures, a bundle, and what was made of them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def command(self, *words: str) -> list[str]:
        return [*BURNISH, *words]

    def burnish(self, *words: str, status: int = 0, **settings: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words), cwd=self.root, env={**environment(), **settings}, capture_output=True, text=True,
            timeout=1800, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def batch(self, out: str, *words: str, status: int = 0, **settings: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            self.burnish(
                "batch", "in", out, "--json", *(words or ("--bundle", "bundle")), status=status, **settings
            ).stdout
        )
        return told

    def pictures(self, out: str) -> dict[str, bytes]:
        folder = self.root / out
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.png"))}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Noisy crops of photographs in folders of folders, one of 16 bit, and a small network."""
    root = tmp_path_factory.mktemp("fan-out")
    (root / "pyproject.toml").touch()
    rng = np.random.default_rng(0)
    for index in range(COUNT):
        photograph = np.atleast_3d(PHOTOGRAPHS[index % len(PHOTOGRAPHS)]())
        photograph = np.repeat(photograph, 3, axis=2) if photograph.shape[2] == 1 else photograph
        height, width = int(rng.integers(24, 40)), int(rng.integers(24, 40))
        y, x = rng.integers(0, photograph.shape[0] - height), rng.integers(0, photograph.shape[1] - width)
        crop = photograph[y : y + height, x : x + width].astype(float) + rng.normal(0, 25, (height, width, 3))
        path = root / "in" / f"{index % 3}" / f"{index:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        deep = index == 7
        pixels = np.clip(crop, 0, 255).astype(np.uint16) * 257 if deep else np.clip(crop, 0, 255).astype(np.uint8)
        cv2.imwrite(str(path), pixels[..., ::-1])
    network = load_restorer("cnn/dncnn", {"depth": 5, "features": 16, "channels": 3}, untrained=True)
    write_bundle(
        root / "bundle", restorer=network.id, config=network.config, weights=network.restorer.state_dict(),  # type: ignore[attr-defined]
        distribution=network.distribution, version=network.version,
    )  # fmt: skip
    made = Bench(root)
    made.burnish("restore", "in", "serial", "--bundle", "bundle", "--quiet")
    assert len(made.pictures("serial")) == COUNT
    return made


@pytest.mark.long
def test_several_inputs_become_what_burnish_restore_makes_of_them_and_a_second_run_resumes(bench: Bench) -> None:
    inputs = ["in/0", "in/1/001.png", "in/2"]
    bench.burnish("restore", *inputs, "several-serial", "--bundle", "bundle", "--quiet")
    words = ["batch", *inputs, "several", "--bundle", "bundle", "--json", "--runner", "threads:2"]
    told = json.loads(bench.burnish(*words).stdout)
    assert told["restored"] == len(bench.pictures("several-serial"))
    assert bench.pictures("several") == bench.pictures("several-serial")
    (bench.root / "several" / "0" / "000.png").unlink()
    again = json.loads(bench.burnish(*words).stdout)
    assert (again["restored"], again["kept"]) == (1, told["restored"] - 1)


def test_two_dask_workers_one_of_which_is_killed_make_the_bytes_of_the_serial_run(bench: Bench) -> None:
    if find_spec("prefect_dask") is None:
        pytest.skip("the extra dask of burnish-flows is not installed")
    process = subprocess.Popen(
        bench.command("batch", "in", "dask", "--bundle", "bundle", "--runner", "dask:2", "--json"), cwd=bench.root,
        env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: any((bench.root / "dask").glob("*/*.png")))
        os.kill(_workers(process.pid)[0], signal.SIGKILL)
        out, err = process.communicate(timeout=1800)
    finally:
        end(process)
    assert process.returncode == 0, err
    assert json.loads(out)["restored"] == COUNT
    assert bench.pictures("dask") == bench.pictures("serial")


def _workers(client: int) -> list[int]:
    """Processes of Dask's workers, of which each restores pictures."""
    children = psutil.Process(client).children(recursive=True)
    return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]


def test_two_ray_workers_make_the_bytes_of_the_serial_run(bench: Bench) -> None:
    if find_spec("prefect_ray") is None:
        pytest.skip("the extra ray of burnish-flows is not installed: pip install 'burnish-flows[ray]'")
    assert bench.batch("ray", "--bundle", "bundle", BURNISH_RUNNER="ray:2")["restored"] == COUNT
    assert bench.pictures("ray") == bench.pictures("serial")


@pytest.mark.long
def test_a_batch_that_is_killed_goes_on_where_it_stopped_with_another_runner(bench: Bench) -> None:
    words = ("batch", "in", "killed", "--bundle", "bundle", "--chunk", "5", "--quiet")
    process = subprocess.Popen(bench.command(*words), cwd=bench.root, env=environment(), start_new_session=True)
    try:
        until(lambda: len(list((bench.root / "killed").glob("*/*.png"))) > 20)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        end(process)
    done = len(bench.pictures("killed"))
    assert 20 < done < COUNT, "it was killed in its middle"
    told = bench.batch("killed", "--bundle", "bundle", "--runner", "threads:2")
    assert told["kept"] in (done, done - 1), "all but what was not noted yet"
    assert told["restored"] == COUNT - told["kept"]
    assert bench.pictures("killed") == bench.pictures("serial")


def test_a_broken_picture_and_one_that_kills_its_worker_fail_alone(bench: Bench, tmp_path: Path) -> None:
    site, source = tmp_path / "site", bench.root / "mixed"
    info = site / "burnish_mortal-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: burnish-mortal\nVersion: 1.0\nRequires-Dist: burnish\n"
    )
    (info / "entry_points.txt").write_text("[burnish]\nmortal = burnish_mortal.plugin\n")
    (site / "burnish_mortal").mkdir()
    (site / "burnish_mortal" / "__init__.py").write_text(textwrap.dedent(MORTAL))
    (site / "burnish_mortal" / "plugin.py").write_text(textwrap.dedent(PLUGIN))
    for name, picture in list(bench.pictures("in").items())[:6]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(picture)
    cv2.imwrite(str(source / "last.png"), np.zeros((24, 24, 3), np.uint8))
    (source / "0" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    words = ("batch", "mixed", "mortal", "--restorer", "mortal/mortal", "--runner", "processes:1", "--chunk", "2")
    done = bench.burnish(*words, status=1, PYTHONPATH=str(site))
    assert "restored 6 of 8 pictures" in done.stdout
    told = [line for line in done.stderr.splitlines() if line.startswith("burnish: ")]
    assert len(told) == 2
    assert "broken.png" in told[0]
    assert "last.png: every worker that restores it dies" in told[1]
    assert len(bench.pictures("mortal")) == 6


def test_an_evaluation_side_by_side_finds_every_answer_and_times_it_alone(project: Project) -> None:
    recipe = project.recipe("r.yaml", 4)
    done = project.retrain(recipe, "--runner", "threads:2")
    assert done["seconds"]["answers"] > 0
    kept = list((project.root / ".burnish" / "cache" / "scores").glob("[!.]*/result.json"))
    assert len(kept) == 4, "challenger and baseline, each side by side and timed"
    results = [json.loads(path.read_text()) for path in kept]
    assert len({json.dumps(result["scores"], sort_keys=True) for result in results}) == 2
    assert all(result["seconds_per_megapixel"] > 0 for result in results)
