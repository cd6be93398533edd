"""``burnish ship``: the very weights, a card that says where they come from, and nothing too large by accident."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from burnish.cli.commands.ship import main
from burnish.errors import DataError, UsageError
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.restorer.bundle import bundle_weights, read_bundle, write_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write_bundle(
        tmp_path / "bundle",
        restorer="cnn/dncnn",
        config={"channels": 1, "depth": 4},
        weights={"a": torch.rand(3, 2), "b": torch.rand(5)},
        distribution="burnish-cnn",
        version="0.1.0",
        training={
            "model": "small",
            "steps": 7,
            "pictures": {"train": 3, "validation": 1},
            "facts": {
                "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": [0.0, 0.2]}},
                "training": {"batch": 8, "budget": {"steps": 7, "minutes": None}},
                "data": {"train": "abc"},
            },
        },
        lineage={"folder": "/home/somebody/pictures"},
    )
    return tmp_path / "bundle"


def scorecard(path: Path, *, restorer: str = "cnn/dncnn", weights: str = "") -> Path:
    def scores(mean: float) -> MetricScores:
        return MetricScores(version=1, protocol={"border": 0}, unit="dB", per_image={"a.png": mean}, mean=mean)

    result = BenchmarkResult(
        benchmark="metrics/gaussian-25-grey", digest="d", degrader="degradations/gaussian-noise", data_hash="h",
        scores={"metrics/psnr": scores(29.1234)}, degraded={"metrics/psnr": scores(20.1726)},
        seconds_per_megapixel=1.0, device="cpu", precision="fp32",
    )  # fmt: skip
    card = Scorecard(
        subject="s",
        restorer=restorer,
        lineage={"bundle": {"weights_sha256": weights}} if weights else {},
        results={"metrics/gaussian-25-grey": result},
        cost=Cost(seconds_per_megapixel=1),
    )
    path.write_text(card.model_dump_json())
    return path


def test_the_weights_are_the_same_and_the_card_says_all_that_is_known(bundle: Path, tmp_path: Path) -> None:
    words = [str(bundle), str(tmp_path / "out"), "--trained-on", "Forty photographs of mine, CC0"]
    words += ["--license", "CC0-1.0"]
    assert (
        main([*words, "--scorecard", str(scorecard(tmp_path / "s.json", weights=read_bundle(bundle).weights_sha256))])
        == 0
    )
    assert all(
        torch.equal(value, bundle_weights(bundle)[key]) for key, value in bundle_weights(tmp_path / "out").items()
    )
    text = (tmp_path / "out" / "README.md").read_text()
    for fact in (
        "# cnn/dncnn: small",
        "11 numbers",
        "Forty photographs of mine, CC0",
        "| sha256 of train | abc |",
        "| sigma | 0, 0.2 |",
        "| budget | steps 7 |",
        "| metrics/gaussian-25-grey | metrics/psnr | 20.1726 | 29.1234 dB | 1 |",
        "CC0-1.0. What the data allow is not stated.",
    ):
        assert fact in text
    shipped = read_bundle(tmp_path / "out")
    assert shipped.training == read_bundle(bundle).training
    assert "somebody" not in (tmp_path / "out" / "bundle.json").read_text() + text


def test_what_its_data_allow_is_stored_and_said(bundle: Path, tmp_path: Path) -> None:
    words = [str(bundle), str(tmp_path / "out"), "--trained-on", "Forty photographs, CC0", "--data-use", "any"]
    assert main([*words, "--license", "Apache-2.0"]) == 0
    shipped = {"data": "Forty photographs, CC0", "use": "any", "license": "Apache-2.0"}
    assert read_bundle(tmp_path / "out").lineage == {"shipped": shipped}
    assert "Apache-2.0. The data allow any use, also commercial." in (tmp_path / "out" / "README.md").read_text()


def test_half_the_bytes_are_within_a_2048th_of_the_weights_and_are_loaded_as_they(tmp_path: Path) -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.BatchNorm2d(8))
    given = {"restorer": "a/b", "config": {}, "distribution": "burnish-a", "version": "1"}
    write_bundle(tmp_path / "whole", weights=network.state_dict(), **given)
    assert main([str(tmp_path / "whole"), str(tmp_path / "out"), "--trained-on", "x", "--half"]) == 0
    halves = bundle_weights(tmp_path / "out")
    assert {str(value.dtype) for value in halves.values()} == {"torch.float16", "torch.int64"}
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(halves)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=1 / 2048, atol=6e-8)
    assert "16 bits" in (tmp_path / "out" / "README.md").read_text()


def test_a_number_that_16_bits_cannot_hold_is_named(tmp_path: Path) -> None:
    given = {"restorer": "a/b", "config": {}, "distribution": "burnish-a", "version": "1"}
    write_bundle(tmp_path / "wide", weights={"first.weight": torch.tensor([1.0, -7e4])}, **given)
    with pytest.raises(UsageError, match=r"wide: first\.weight contains 7e\+04, which 16 bits cannot"):
        main([str(tmp_path / "wide"), str(tmp_path / "out"), "--trained-on", "x", "--half"])
    assert not (tmp_path / "out").exists()


def test_large_weights_are_shipped_on_purpose_only(tmp_path: Path) -> None:
    given = {"restorer": "a/b", "config": {}, "distribution": "burnish-a", "version": "1"}
    write_bundle(tmp_path / "large", weights={"a": torch.zeros(800_000)}, **given)
    words = [str(tmp_path / "large"), str(tmp_path / "out"), "--trained-on", "x"]
    with pytest.raises(UsageError, match=r"3\.2 MB of weights; add --large"):
        main(words)
    assert not (tmp_path / "out").exists()
    assert main([*words, "--large"]) == 0


def test_what_is_no_scorecard_is_refused(bundle: Path, tmp_path: Path) -> None:
    words = [str(bundle), str(tmp_path / "out"), "--trained-on", "x", "--scorecard"]
    with pytest.raises(DataError, match="cannot be read"):
        main([*words, str(tmp_path / "absent")])
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(DataError, match="is not a scorecard"):
        main([*words, str(tmp_path / "other.json")])


def test_what_is_not_known_is_called_so_and_never_filled_in(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match=r"say with --trained-on which data .* saw, or unknown"):
        main([str(bundle), str(tmp_path / "out")])
    assert main([str(bundle), str(tmp_path / "out"), "--trained-on", "unknown"]) == 0
    assert "the license of the weights is not stated; give it with --license if you know it" in capsys.readouterr().err
    text = (tmp_path / "out" / "README.md").read_text()
    assert "## Data\n\nNot stated.\n" in text
    assert "## Licence\n\nNot stated. Ask those who trained the weights" in text
    assert "Apache" not in text and "commercial" not in text


def test_figures_of_other_weights_or_of_another_restorer_are_refused(bundle: Path, tmp_path: Path) -> None:
    words = [str(bundle), str(tmp_path / "out"), "--trained-on", "x", "--scorecard"]
    with pytest.raises(UsageError, match=r"s\.json: is of other weights; measure these"):
        main([*words, str(scorecard(tmp_path / "s.json", weights="0" * 64))])
    with pytest.raises(UsageError, match=r"s\.json: is of cnn/unet, not of cnn/dncnn"):
        main([*words, str(scorecard(tmp_path / "s.json", restorer="cnn/unet"))])
    assert not (tmp_path / "out").exists()


def test_figures_of_these_weights_stand_without_a_doubt_and_those_that_do_not_say_whose_they_are_with_one(
    bundle: Path, tmp_path: Path
) -> None:
    row, doubt = "| metrics/gaussian-25-grey", "do not record which weights were measured"
    for weights, told in ((read_bundle(bundle).weights_sha256, f"{row} |"), ("", f"{row} * |")):
        out = tmp_path / (weights or "unknown")
        words = [str(bundle), str(out), "--trained-on", "x", "--scorecard"]
        assert main([*words, str(scorecard(tmp_path / "s.json", weights=weights))]) == 0
        text = (out / "README.md").read_text()
        assert told in text
        assert (doubt in text) == (not weights)


def test_halves_may_have_the_figures_of_the_halves_and_of_the_whole(tmp_path: Path) -> None:
    given = {"restorer": "cnn/dncnn", "config": {}, "distribution": "burnish-a", "version": "1"}
    whole = write_bundle(tmp_path / "whole", weights={"a": torch.rand(9)}, **given)
    words = [str(tmp_path / "whole"), str(tmp_path / "out"), "--trained-on", "x", "--half"]
    main(words)
    halves = read_bundle(tmp_path / "out").weights_sha256
    assert halves != whole.weights_sha256
    for weights in (whole.weights_sha256, halves):
        assert main([*words, "--scorecard", str(scorecard(tmp_path / "s.json", weights=weights))]) == 0


def test_weights_of_another_project_keep_what_their_import_was_told(tmp_path: Path) -> None:
    given = {"restorer": "a/b", "config": {}, "distribution": "burnish-a", "version": "1"}
    about = {"file": "a.pth", "sha256": "f00", "license": "MIT", "source": "example.org/a", "data": "DIV2K"}
    write_bundle(tmp_path / "a", weights={"a": torch.rand(3)}, lineage={"imported": about}, **given)
    assert main([str(tmp_path / "a"), str(tmp_path / "out")]) == 0
    text = (tmp_path / "out" / "README.md").read_text()
    for fact in ("imported from `a.pth` (example.org/a; sha256 f00)", "DIV2K", "MIT.", "burnish did not train them"):
        assert fact in text
    assert read_bundle(tmp_path / "out").lineage["imported"] == about
