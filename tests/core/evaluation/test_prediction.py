"""Who may be asked what about time: single pictures of clips and bursts, bursts and clips of single pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.data.items import items
from burnish.errors import DataError, EvaluationError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.evaluate import evaluate
from burnish.evaluation.prediction import answer, reference_frame, shown
from burnish.inference import Restorer, load_restorer
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import MetricSpec
from burnish.protocols import Observation

Write = Callable[[Path, tuple[int, int], int], Path]


def restorer(temporal: str, function: Callable[..., Any], needs: frozenset[str] = frozenset()) -> Restorer:
    loaded = load_restorer("burnish/identity", device="cpu")
    spec = replace(loaded.spec, temporal=temporal, tiling="whole", needs=needs)
    return replace(loaded, spec=spec, restorer=function)


def test_a_restorer_of_pictures_is_given_a_clip_frame_by_frame() -> None:
    clip = torch.rand(1, 4, 3, 12, 10)
    seen = Observation(degraded=clip, target=clip)
    assert torch.equal(answer(restorer("single", lambda x: 1 - x), seen).estimate, 1 - clip)


def test_a_restorer_of_pictures_is_given_a_bursts_reference() -> None:
    burst = torch.rand(1, 4, 3, 12, 10)
    seen = Observation(degraded=burst, target=burst[:, 2])
    assert torch.equal(answer(restorer("single", lambda x: 1 - x), seen).estimate, 1 - burst[:, 0])


@pytest.mark.parametrize("temporal", ["burst", "video"])
def test_a_picture_is_the_only_frame_for_those_that_take_several(temporal: str) -> None:
    picture = torch.rand(1, 3, 12, 10)
    loaded = restorer(temporal, (lambda x: x.mean(1)) if temporal == "burst" else (lambda x: x.clone()))
    assert torch.equal(answer(loaded, Observation(degraded=picture, target=picture)).estimate, picture)


def test_a_restorer_of_bursts_makes_no_clip() -> None:
    clip = torch.rand(1, 4, 3, 12, 10)
    with pytest.raises(EvaluationError, match="makes one picture from several frames"):
        answer(restorer("burst", lambda x: x.mean(1)), Observation(degraded=clip, target=clip))


def test_what_stands_for_frames_is_the_first_of_a_burst_and_the_middle_of_a_clip() -> None:
    frames = torch.arange(5.0).reshape(1, 5, 1, 1, 1)
    assert reference_frame(frames).item() == 0
    assert shown(frames, clip=False).item() == 0
    assert shown(frames, clip=True).item() == 2
    assert shown(frames[:, 3], clip=True).item() == 3


@pytest.fixture
def two_clips(tmp_path: Path, write_picture_file: Write) -> tuple[Path, Path]:
    """Clean clips a (3 frames) and deep/b (2), and their frames under another seed as the degraded ones."""
    for folder, shift in (("clean", 0), ("degraded", 50)):
        for index, name in enumerate(("a/1.png", "a/2.png", "a/10.png", "deep/b/1.png", "deep/b/2.png")):
            write_picture_file(tmp_path / folder / name, (24, 30), index + shift)
    return tmp_path / "clean", tmp_path / "degraded"


def test_clips_are_scored_as_the_mean_over_their_frames(two_clips: tuple[Path, Path]) -> None:
    clean, degraded = two_clips
    asked = Benchmark(name="clips", clean=clean, degraded=degraded, metrics=("psnr",))
    result = evaluate(restorer("video", lambda x: x.clone()), asked, quiet=True)
    frames = evaluate(restorer("single", lambda x: x), asked, quiet=True).scores["metrics/psnr"].per_image
    scores = result.scores["metrics/psnr"].per_image
    assert scores["a"] == pytest.approx(np.mean([frames[name] for name in frames if name.startswith("a/")]))
    assert set(scores) == {"a", "deep/b"}
    assert result.degraded["metrics/psnr"].per_image == scores


def test_a_metric_of_clips_sees_them_whole_and_is_refused_for_pictures(
    two_clips: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clean, degraded = two_clips

    class Frames:
        def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
            return torch.tensor([float(estimate.shape[1])], dtype=torch.float64)

    spec = MetricSpec(name="frames", factory="test:Frames", summary="Counts", of="clip", protocol={"counts": "frames"})
    entries = [*installed().entries("metrics").values(), *installed().entries("degraders").values()]
    catalog = Catalog([*entries, Entry(id="test/frames", spec=spec, distribution="burnish-test", version="1")])
    create = catalog.create
    monkeypatch.setattr(
        catalog, "create", lambda kind, name, config: Frames() if name == "test/frames" else create(kind, name, config)
    )
    asked = Benchmark(name="clips", clean=clean, degraded=degraded, metrics=("test/frames",))
    result = evaluate(restorer("video", lambda x: x.clone()), asked, catalog=catalog, quiet=True)
    assert result.scores["test/frames"].per_image == {"a": 3.0, "deep/b": 2.0}
    with pytest.raises(EvaluationError, match="compares clips, which this benchmark does not have"):
        evaluate(restorer("single", lambda x: x), asked, catalog=catalog, quiet=True)


def test_measured_pictures_may_come_with_their_kernels_and_noise(tmp_path: Path, write_picture_file: Write) -> None:
    told: list[tuple[Any, Any]] = []

    def note(degraded: torch.Tensor, *, kernel: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        told.append((kernel.shape[-1], round(float(sigma), 3)))
        return degraded

    for name in ("a.png", "b.png"):
        write_picture_file(tmp_path / "clean" / name, (24, 30), 0)
        write_picture_file(tmp_path / "degraded" / name, (24, 30), 1)
    (tmp_path / "kernels").mkdir()
    for name, side in (("a.npy", 3), ("b.npy", 5)):
        np.save(tmp_path / "kernels" / name, np.full((side, side), side**-2.0))
    asked = Benchmark(
        name="n",
        clean=tmp_path / "clean",
        degraded=tmp_path / "degraded",
        metrics=("psnr",),
        kernels=tmp_path / "kernels",
        sigma=0.01,
    )
    loaded = restorer("single", note, needs=frozenset({"kernel", "sigma"}))
    evaluate(loaded, asked, quiet=True)
    assert set(told) == {(3, 0.01), (5, 0.01)}
    digests = {asked.digest(), replace(asked, sigma=0.02).digest(), replace(asked, sigma=None).digest()}
    np.save(tmp_path / "kernels" / "b.npy", np.full((3, 3), 1 / 9))
    assert len({*digests, asked.digest()}) == 4
    (tmp_path / "kernels" / "b.npy").unlink()
    with pytest.raises(DataError, match=r"1 clean pictures have no kernel \(first: b\.png\)"):
        evaluate(loaded, asked, quiet=True)
    with pytest.raises(EvaluationError, match="a degrader gives these itself"):
        replace(asked, degraded=None, degrader="gaussian-noise")


def test_one_kernel_serves_all_and_bursts_lie_beside_clean_pictures(tmp_path: Path, write_picture_file: Write) -> None:
    for name in ("a.png", "b.png"):
        write_picture_file(tmp_path / "clean" / name, (24, 30), 0)
        for frame in range(3):
            write_picture_file(tmp_path / "bursts" / name[0] / f"{frame}.png", (24, 30), frame)
    kernel = tmp_path / "k.npy"
    kernel.touch()
    found = items(tmp_path / "clean", tmp_path / "bursts", frames="degraded", kernels=kernel)
    assert [(item.name, item.degraded, item.kernel) for item in found] == [
        ("a.png", tmp_path / "bursts" / "a", kernel),
        ("b.png", tmp_path / "bursts" / "b", kernel),
    ]
