"""Several processes on a CPU (gloo): the training of one, whatever happens to them.

Tolerance: both sum the same float32 gradients, one process over the whole batch, two over halves which are then added.
So each step differs by a rounding (relative 6e-8), which the optimizer's division by small moments and ten steps raise
to 1e-6 at most here; 2e-5 for weights and 1e-4 dB for figures leave room for other processors. (A weight without
effect, such as a bias before batch normalisation, has rounding as its only gradient, which Adam makes steps of.)
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import yaml
from burnish.errors import ConfigError, TrainingError
from burnish.plugins import catalog, host
from burnish.plugins.catalog import Catalog
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import bundle_weights, read_bundle
from burnish.training import TrainingFolders, TrainingOptions, TrainingResult, train

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("processes")]

WEIGHTS, FIGURES = 2e-5, 1e-4
"""Largest differences to one process: of weights; of PSNR in dB and of losses."""

PLUGIN = '''\
import json, os, signal, time
import torch
from burnish import DegraderSpec, LearnerSpec, RestorerSpec, hookimpl

@hookimpl
def register_restorers():
    yield RestorerSpec(name="net", factory="burnish_several.plugin:Net", summary="s", channels=(3,), trainable=True)

@hookimpl
def register_degraders():
    yield DegraderSpec(name="noise", factory="burnish_several.plugin:Noise", summary="s", gives=frozenset({"sigma"}))

@hookimpl
def register_learners():
    yield LearnerSpec(name="pixels", factory="burnish_several.learner:Pixels", summary="s", needs="noisy")

def hear(hook, event):
    if "HEARD" in os.environ:
        with open(os.environ["HEARD"], "a") as file:
            file.write(json.dumps([os.getpid(), hook, event.as_json()]) + "\\n")

@hookimpl
def on_training_started(event): hear("started", event)

@hookimpl
def on_epoch_ended(event): hear("epoch", event)

@hookimpl
def on_training_ended(event): hear("ended", event)

class Net(torch.nn.Module):
    """Batch normalisation, and a parameter that no step uses."""
    def __init__(self):
        super().__init__()
        first, last = torch.nn.Conv2d(3, 4, 3, padding=1, bias=False), torch.nn.Conv2d(4, 3, 3, padding=1)
        self.body = torch.nn.Sequential(first, torch.nn.BatchNorm2d(4), torch.nn.ReLU(), last)
        self.idle = torch.nn.Parameter(torch.ones(2))
    def forward(self, degraded):
        return degraded - self.body(degraded)

class Noise:
    """Of random strength for each picture; does what FAULT says, ``deed:rank:step``."""
    def __call__(self, clean, generator):
        from burnish.protocols import Observation
        from burnish.training.randomness import derive
        deed, rank, step = os.environ.get("FAULT", "none:0:0").split(":")
        if os.environ.get("RANK", "0") == rank and generator.initial_seed() == derive(0, "degradation", int(step), 0):
            do(deed)
        sigma = 0.3 * torch.rand(len(clean), generator=generator)
        noise = torch.randn(clean.shape, generator=generator)
        return Observation(degraded=clean + sigma.view(-1, 1, 1, 1) * noise, target=clean, conditions={"sigma": sigma})

def do(deed):
    starter = int(os.environ["STARTER"]) if "STARTER" in os.environ else 0
    if deed == "raise":
        raise MemoryError("no room")
    if deed == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if deed == "terminate":
        os.kill(starter, signal.SIGTERM)
        time.sleep(2)
    if deed == "terminate and hang":
        os.kill(starter, signal.SIGTERM)
        time.sleep(7200)
    if deed == "interrupt":
        print("from within", flush=True)
        time.sleep(0.5)
        os.kill(starter, signal.SIGINT)
        time.sleep(7200)
    if deed == "wait":
        time.sleep(7200)
'''


LEARNER = '''\
import torch
from burnish.training import SupervisedLearner, generator

class Pixels(SupervisedLearner):
    """Restores pixels that were replaced by their neighbours, drawn for the whole batch."""
    def training_step(self, batch, batch_idx):
        observation = self.observe_batch(batch)
        noisy = observation.degraded
        drawn = torch.rand((self.settings.batch, 1, *noisy.shape[-2:]), generator=generator(0, "masked", batch[0], 0))
        hidden = self.my_share(drawn) < 0.2
        estimate = self.restored(torch.where(hidden, noisy.roll(1, -1), noisy), observation)
        return ((estimate - noisy) * hidden).square().mean()

    def validation_step(self, batch, batch_idx):
        observation = self.observe_crop(batch)
        return -10 * (self.estimate(observation) - observation.degraded).square().mean().log10()
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Pictures, and a plugin that is installed here and in every process that is started meanwhile."""
    folder = tmp_path_factory.mktemp("several")
    rng = np.random.default_rng(0)
    for kind, count in (("train", 4), ("validation", 1)):
        (folder / "data" / kind).mkdir(parents=True)
        for number in range(count):
            picture = cv2.GaussianBlur(rng.uniform(0, 255, (30 + number, 40, 3)), (0, 0), 2)
            cv2.imwrite(str(folder / "data" / kind / f"{number}.png"), picture.round().astype(np.uint8))
            for name, sigma in (("clean/x", 0), ("noisy/x", 30), ("shots/x/1", 30), ("shots/x/2", 30)):
                target = folder / "real" / kind / f"{name.replace('x', str(number))}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                noisy = picture + rng.normal(0, sigma, picture.shape)
                cv2.imwrite(str(target), noisy.round().clip(0, 255).astype(np.uint8))
    site = folder / "site"
    info = site / "burnish_several-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: burnish-several\nVersion: 1.0\nRequires-Dist: burnish\n"
    )
    (info / "entry_points.txt").write_text("[burnish]\nseveral = burnish_several.plugin\n")
    (site / "burnish_several").mkdir()
    (site / "burnish_several" / "__init__.py").touch()
    (site / "burnish_several" / "plugin.py").write_text(textwrap.dedent(PLUGIN))
    (site / "burnish_several" / "learner.py").write_text(LEARNER)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        patch.setenv("PYTHONPATH", str(site))
        patch.setenv("STARTER", str(os.getpid()))
        for cached in (host.installed, catalog.installed):
            cached.cache_clear()
        yield folder
    for cached in (host.installed, catalog.installed):
        cached.cache_clear()


def recipe(*, data: Any = None, degrader: str | None = "several/noise", **training: Any) -> Recipe:
    settings = {
        "budget": {"steps": 10},
        "batch": 4,
        "patch": 16,
        "augment": ["flip", "rotate", "channels", "mix"],
        "validate_every": 4,
        "checkpoint_every": 3,
        "ema": 0.9,
        "precision": "fp32",
        "cores": 1,
        "devices": 2,
        **training,
    }
    return Recipe.model_validate(
        {
            "model": "several",
            "restorer": {"id": "several/net"},
            **({"degrader": {"id": degrader}} if degrader else {}),
            "data": data or {},
            "training": settings,
        }
    )


Run = Callable[..., TrainingResult]


def _folders(project: Path, name: str) -> TrainingFolders:
    return TrainingFolders(project=project, out=project / name / "bundle", work=project / name / "work")


@pytest.fixture(scope="module")
def go(project: Path) -> Run:
    def run(name: str, *, fault: str = "none:0:0", quiet: bool = True, **training: Any) -> TrainingResult:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FAULT", fault)
            return train(recipe(**training), _folders(project, name), TrainingOptions(quiet=quiet))

    return run


@pytest.fixture(scope="module")
def one(go: Run) -> TrainingResult:
    """Trained by one process."""
    return go("one", devices=1)


@pytest.fixture(scope="module")
def two(go: Run, project: Path) -> TrainingResult:
    """Trained by two, undisturbed, with observers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEARD", str(project / "heard"))
        return go("two")


def weights(result: TrainingResult) -> dict[str, torch.Tensor]:
    return bundle_weights(result.bundle)


def sha(result: TrainingResult) -> str:
    return read_bundle(result.bundle).weights_sha256


def psnr(result: TrainingResult) -> list[float]:
    return [entry["psnr"] for entry in result.manifest["history"]]


def assert_near(mine: TrainingResult, other: TrainingResult) -> None:
    assert psnr(mine) == pytest.approx(psnr(other), abs=FIGURES)
    for name, weight in weights(other).items():
        torch.testing.assert_close(weights(mine)[name], weight, rtol=0, atol=WEIGHTS)


def gone(pids: list[int]) -> bool:
    """Whether all of these processes end in time."""
    deadline = time.monotonic() + 1800
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def trainers(folder: Path) -> list[int]:
    """The processes of a training, the launcher among them, by its job's file on their command lines."""
    job = str(folder / "work" / "processes" / "job.json").encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if job in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_two_processes_train_to_the_weights_and_figures_of_one(one: TrainingResult, two: TrainingResult) -> None:
    assert_near(two, one)
    assert (two.manifest["processes"], two.manifest["threads"], two.manifest["reproducible"]) == (2, 1, True)
    assert weights(two)["idle"].tolist() == weights(one)["idle"].tolist()


PAIRS = {"root": "real", "degraded": "noisy", "clean": "clean", "match": "affine"}
PLAIN = {"augment": ["flip", "rotate", "channels"], "budget": {"steps": 6}}
FORMS: dict[str, dict[str, Any]] = {
    "pairs": {"data": PAIRS, "degrader": None},
    "pairs degraded further": {"data": PAIRS},
    "noisy": {"data": {"root": "real", "degraded": "noisy"}, "degrader": None, "learner": {"id": "several/pixels"}},
    "shots": {"data": {"root": "real", "shots": "shots"}, "degrader": None, "learner": {"id": "several/pixels"}},
}


@pytest.mark.parametrize(
    "form", [pytest.param(form, marks=[] if form == "shots" else [pytest.mark.long]) for form in FORMS]
)
def test_two_processes_train_as_one_on_data_of_every_other_form(go: Run, form: str) -> None:
    one, two = (go(f"{form} by {devices}", devices=devices, **PLAIN, **FORMS[form]) for devices in (1, 2))
    assert_near(two, one)
    assert two.manifest["processes"] == 2


def test_observers_hear_everything_once_and_in_the_process_that_was_asked_to_train(
    one: TrainingResult, two: TrainingResult, project: Path, go: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = [json.loads(line) for line in (project / "heard").read_text().splitlines()]
    assert {pid for pid, _, _ in heard} == {os.getpid()}
    assert [hook for _, hook, _ in heard] == ["started", "epoch", "epoch", "epoch", "ended"]
    monkeypatch.setenv("HEARD", str(project / "heard by one"))
    go("one again", devices=1)
    alone = [json.loads(line) for line in (project / "heard by one").read_text().splitlines()]
    for (_, _, here), (_, _, there) in zip(heard[1:4], alone[1:4], strict=True):
        assert (here["step"], here["model"]) == (there["step"], there["model"])
        assert here["loss"] == pytest.approx(there["loss"], abs=FIGURES)
        assert here["validation"] == pytest.approx(there["validation"], abs=FIGURES)


@pytest.mark.long
def test_whatever_ends_them_they_leave_nobody_behind_and_go_on_bit_for_bit(
    go: Run, two: TrainingResult, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that started them is killed, then told to terminate; then one of them is killed."""
    monkeypatch.setattr("burnish.training.distributed.processes._GRACE", 600.0)  # steps of a slow machine
    folder = project / "disturbed"
    pids = started_and_killed(project, folder, at=3)
    assert len(pids) == 3
    assert gone(pids)
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(TrainingError, match=r"received a termination signal at step [567]; run it again to resume"):
        go("disturbed", fault="terminate:1:4", checkpoint_every=100)
    assert signal.getsignal(signal.SIGTERM) == handler
    assert gone(trainers(folder))
    assert newest_step(folder) in {5, 6, 7}
    with pytest.raises(TrainingError, match=r"process 2 of 2 was ended by SIGKILL.*run it again to resume"):
        go("disturbed", fault="die:1:8", checkpoint_every=7)
    assert gone(trainers(folder))
    result = go("disturbed", checkpoint_every=7)
    assert result.resumed_at == 7
    assert sha(result) == sha(two)
    assert psnr(result) == psnr(two)
    assert result.manifest["reproducible"] is True
    assert {file.name for file in (folder / "work").iterdir() if file.suffix != ".ckpt"} == {"lock"}


def test_a_step_that_takes_longer_than_users_wait_is_given_up_and_told(
    go: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burnish.training.distributed.processes._GRACE", 0.0)
    with pytest.raises(TrainingError, match="during a step; run it again to resume from the last checkpoint"):
        go("given up", fault="terminate and hang:1:4", checkpoint_every=3)
    assert gone(trainers(project / "given up"))
    assert newest_step(project / "given up") == 3


def started_and_killed(project: Path, folder: Path, *, at: int) -> list[int]:
    """The processes of a training whose starter was killed after that step's checkpoint, amid the next one."""
    file = project / "recipe.yaml"
    file.write_text(yaml.safe_dump(recipe().model_dump(mode="json")))
    words = [
        sys.executable,
        "-m",
        "burnish.cli.main",
        "train",
        str(file),
        "--out",
        str(folder / "bundle"),
        "--device",
        "cpu",
    ]
    words += ["--work", str(folder / "work"), "--project", str(project)]
    starter = subprocess.Popen(words, env={**os.environ, "FAULT": f"wait:1:{at}"})
    deadline = time.monotonic() + 1800
    while newest_step(folder) < at:
        assert starter.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    pids = trainers(folder)
    starter.kill()
    starter.wait()
    return pids


def newest_step(folder: Path) -> int:
    return max((int(file.name[5:14]) for file in (folder / "work").glob("step-*.ckpt")), default=0)


def test_an_error_in_one_of_them_is_the_line_that_one_process_would_have_given(
    go: Run, one: TrainingResult, project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Then one process goes on with what two have begun, as near to one process as two are."""
    with pytest.raises(TrainingError) as alone:
        go("raised by one", fault="raise:0:5", devices=1)
    with pytest.raises(TrainingError) as several:
        go("raised", fault="raise:1:5")
    assert str(several.value) == str(alone.value)
    assert "several/net with several/noise failed at step 5: MemoryError: no room" in str(several.value)
    assert gone(trainers(project / "raised"))
    assert_gone_on(go("raised", devices=1), one, 2, 1)
    assert "resumes at step 3 from a checkpoint of another kind of machine (processes 2 → 1)" in caplog.text


def test_two_go_on_with_what_one_has_begun(go: Run, one: TrainingResult) -> None:
    with pytest.raises(TrainingError, match="no room"):
        go("begun by one", fault="raise:0:5", devices=1)
    assert_gone_on(go("begun by one", devices=2), one, 1, 2)


def assert_gone_on(result: TrainingResult, undisturbed: TrainingResult, first: int, second: int) -> None:
    assert result.resumed_at == 3
    assert_near(result, undisturbed)
    assert result.manifest["reproducible"] is False
    machines = [(machine["from_step"], machine["processes"]) for machine in result.manifest["machines"]]
    assert machines == [(0, first), (3, second)]


def test_interrupted_by_hand_all_end_at_once_and_what_they_told_until_then_was_heard(
    go: Run, project: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Log lines by the caller's loggers, what plugins print on standard error."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        with caplog.at_level(logging.INFO, logger="burnish"), pytest.raises(KeyboardInterrupt):
            go("interrupted", fault="interrupt:0:6", quiet=False)
    finally:
        signal.signal(signal.SIGINT, before)
    assert gone(trainers(project / "interrupted"))
    lines = [record.getMessage() for record in caplog.records if record.name == "burnish.training"]
    assert "4/10" in [line.split()[1] for line in lines if "PSNR" in line]
    assert capfd.readouterr() == ("", "from within\n")


def test_a_catalog_of_ones_own_is_refused_since_other_processes_know_it_not(project: Path) -> None:
    own = Catalog(
        [*catalog.installed().entries("restorers").values(), *catalog.installed().entries("degraders").values()]
    )
    with pytest.raises(ConfigError, match=r"only installed plugins; set training\.devices to 1"):
        train(recipe(), _folders(project, "own"), catalog=own)
