"""A file stands in place of an id where a restorer declares its suffix; its weights make the network."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from burnish.cli.main import main
from burnish.errors import BundleError, ConfigError, UnknownIdError, UsageError
from burnish.inference import load_bundle, load_restorer
from burnish.plugins import catalog as catalogs
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.declarations import DegraderSpec, RestorerSpec
from burnish.preflight import refuse_names
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import read_bundle
from torch import Tensor, nn

MODULE = "burnish_gains_for_tests"
OPEN = {"type": ["integer", "null"], "default": None}


class Gains(nn.Module):
    """Multiplies by the numbers in a text file, one for each channel; repeats pixels as often as there are numbers."""

    weight: nn.Parameter

    def __init__(self, *, file: str, scale: int | None = None, channels: int | None = None) -> None:
        super().__init__()
        if file:
            self._take(torch.tensor([float(word) for word in Path(file).read_text().split()]))

    def build(self, weights: Mapping[str, Tensor]) -> None:
        if "weight" not in weights:
            raise ConfigError("holds no gains")
        self._take(weights["weight"])

    def _take(self, gains: Tensor) -> None:
        self.weight = nn.Parameter(gains.clone())
        self.scale = self.channels = len(gains)

    def forward(self, degraded: Tensor) -> Tensor:
        gained = degraded * self.weight[:, None, None]
        return gained.repeat_interleave(self.scale, -1).repeat_interleave(self.scale, -2)


def entry(id: str, **more: Any) -> Entry:
    declared: dict[str, Any] = {
        "config": {"file": {"type": "string"}, "scale": OPEN, "channels": OPEN},
        "scale": (1, 2, 3),
        "suffixes": (".gains",),
        "trainable": True,
    }
    name = id.partition("/")[2]
    spec = RestorerSpec(name=name, factory=f"{MODULE}:Gains", summary="s", **declared | more)
    return Entry(id=id, spec=spec, distribution="burnish-gains", version="1.0")


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    module = ModuleType(MODULE)
    module.Gains = Gains  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)
    loss = DegraderSpec(name="loss", factory="fractions:Fraction", summary="s")
    made = Catalog([entry("gains/net"), Entry(id="gains/loss", spec=loss, distribution="burnish-gains", version="1.0")])
    catalogs.installed.cache_clear()
    for name in ("burnish.api", "burnish.training", "burnish.inference", "burnish.cli.commands.import_weights"):
        import_module(name)  # what is imported later would keep this catalog after the test
    monkeypatch.setattr(catalogs, "installed", lambda: made)
    for name in ("burnish.inference.loading.load", "burnish.api"):
        monkeypatch.setattr(f"{name}.installed", lambda: made)
    yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "three.gains").write_text("1 0.5 0.25")
    return tmp_path / "three.gains"


def test_a_file_is_loaded_in_place_of_an_id_or_as_a_setting(catalog: Catalog, file: Path) -> None:
    one, other = load_restorer(str(file)), load_restorer("net", {"file": str(file)})
    assert one.id == other.id == "gains/net"
    assert (one.origin, one.subject) == (str(file), "gains/net three.gains")
    assert one(torch.ones(1, 3, 1, 1))[0, :, 0, 0].tolist() == [1.0, 0.5, 0.25]
    assert not one.untrained


def test_what_the_file_tells_is_what_the_host_goes_by(catalog: Catalog, file: Path) -> None:
    loaded = load_restorer(str(file))
    assert (loaded.scale, loaded.channels) == (3, (3,))
    assert loaded(torch.rand(1, 3, 4, 5)).shape == (1, 3, 12, 15)


def test_the_front_door_takes_files_too(catalog: Catalog, file: Path) -> None:
    import burnish

    assert burnish.load(file).scale == 3


def test_the_case_of_a_suffix_does_not_matter(catalog: Catalog, file: Path) -> None:
    loud = file.rename(file.with_suffix(".GAINS"))
    assert load_restorer(str(loud)).scale == 3


def test_a_suffix_that_nobody_declares_is_told_with_those_that_are(catalog: Catalog) -> None:
    with pytest.raises(UnknownIdError, match=r"x\.tar: no installed restorer is made of \.tar files.* of \.gains"):
        load_restorer("x.tar")


def test_a_suffix_that_two_declare_is_told_with_both(catalog: Catalog, file: Path) -> None:
    two = Catalog([entry("gains/net"), entry("other/net")])
    with pytest.raises(UnknownIdError, match=r"give gains/net or other/net with the setting file=.*three\.gains"):
        load_restorer(str(file), catalog=two)


def test_without_a_file_the_id_alone_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UsageError, match=r"gains/net is made of a file; give one \(\.gains\) with --set file=FILE"):
        load_restorer("net")


def test_a_file_becomes_a_bundle_that_does_not_need_it(catalog: Catalog, file: Path, tmp_path: Path) -> None:
    picture = torch.rand(1, 3, 4, 4)
    wanted = load_restorer(str(file))(picture)
    assert main(["import-weights", str(file), str(tmp_path / "b"), "--license", "CC0-1.0"]) == 0
    file.unlink()
    loaded = load_bundle(tmp_path / "b")
    assert torch.equal(loaded(picture), wanted)
    bundle = read_bundle(tmp_path / "b")
    assert bundle.config == {"file": "", "scale": 3, "channels": 3}
    assert bundle.lineage["imported"]["license"] == "CC0-1.0"
    assert bundle.lineage["imported"]["file"] == "three.gains"


def test_the_weights_of_a_bundle_are_not_taken_for_others(catalog: Catalog, file: Path, tmp_path: Path) -> None:
    assert main(["import-weights", str(file), str(tmp_path / "b")]) == 0
    with pytest.raises(ConfigError, match="its weights have scale 3 and do not match scale 2; remove scale"):
        load_bundle(tmp_path / "b", {"scale": 2})


def test_what_build_refuses_is_said_of_the_bundle(catalog: Catalog, file: Path, tmp_path: Path) -> None:
    from burnish.restorer.bundle import write_bundle

    about: dict[str, Any] = {"restorer": "gains/net", "config": {"file": ""}, "distribution": "x", "version": "1"}
    write_bundle(tmp_path / "b", weights={"other": torch.zeros(1)}, **about)
    with pytest.raises(BundleError, match="b: holds no gains"):
        load_bundle(tmp_path / "b")


def test_a_restorer_without_weights_makes_no_bundle(
    catalog: Catalog, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.modules[MODULE], "Gains", lambda **_: lambda degraded: degraded)
    assert main(["import-weights", str(file), str(tmp_path / "b")]) == 2
    assert "three.gains: gains/net holds no weights that a bundle could keep" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def recipe(**more: Any) -> Recipe:
    least = {"model": "m", "restorer": {"id": "net"}, "initial": "b", "degrader": {"id": "loss"}}
    return Recipe.model_validate({**least, "training": {"budget": {"steps": 1}}, **more})


def test_a_recipe_may_name_files_as_baselines_and_begin_with_a_bundle(catalog: Catalog, file: Path) -> None:
    baselines = [{"id": str(file)}, {"id": "net", "config": {"file": str(file)}}]
    refuse_names(recipe(baselines=baselines), catalog)


def test_a_baseline_without_its_file_is_told_before_training(catalog: Catalog) -> None:
    with pytest.raises(ConfigError, match=r"baselines\.0\.config: gains/net must be given 'file'"):
        refuse_names(recipe(baselines=[{"id": "net"}]), catalog)
