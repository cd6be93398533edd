"""The manual's page on weights from elsewhere: its files and commands, as they stand, give the published figures."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from burnish.cli.main import main
from burnish.evaluation import Scorecard
from burnish.inference import load_bundle
from burnish.plugins import catalog, host
from burnish.plugins.discovery import Candidate

PAGE = Path(__file__).parents[2] / "docs" / "weights.md"
FENCE = re.compile(r'^```(\w+)(?: title="(.+?)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)


def commands(of: str) -> list[list[str]]:
    """The words of the page's commands that name this bundle."""
    text = "\n".join(found[3] for found in FENCE.finditer(PAGE.read_text()) if found[1] == "bash")
    lines = text.replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if f"bundles/{of}" in line]


@pytest.fixture
def imdn(site: Path, install: Callable[..., Candidate], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The plugin of the page, installed."""
    files = {found[2]: found[3] for found in FENCE.finditer(PAGE.read_text()) if found[2]}
    install("burnish-imdn", files["burnish_imdn/plugin.py"])
    (site / "burnish_imdn" / "imdn.py").write_text(files["burnish_imdn/imdn.py"])
    host.installed.cache_clear()
    catalog.installed.cache_clear()
    yield
    monkeypatch.undo()
    host.installed.cache_clear()
    catalog.installed.cache_clear()


def figure(words: list[str], clean: Path, out: Path, metric: str) -> float:
    """What ``burnish evaluate`` of the page measures."""
    place = words.index("--clean") + 1
    assert main([*words[:place], str(clean), *words[place + 1 :], "--out", str(out), "--quiet"]) == 0
    (result,) = Scorecard.model_validate_json((out / "scorecard.json").read_bytes()).results.values()
    return result.scores[metric].mean


@pytest.mark.slow
def test_imdn_restores_as_published(
    imdn: None, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    taking, measuring = commands("imdn")
    taking[1] = str(shared_data / "weights" / taking[1])
    assert main(taking) == 0
    clean = shared_data / "test" / measuring[measuring.index("--clean") + 1]
    assert figure(measuring, clean, tmp_path / "out", "metrics/psnr-y") == pytest.approx(32.21, abs=0.005)
    assert "Ask those who trained the weights" in (tmp_path / "bundles" / "imdn" / "README.md").read_text()


def test_the_layers_of_kair_s_dncnn_are_found_by_the_command_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    layers: list[Any] = [torch.nn.Conv2d(1, 64, 3, padding=1)]
    for _ in range(15):
        layers += [torch.nn.ReLU(), torch.nn.Conv2d(64, 64, 3, padding=1)]
    layers += [torch.nn.ReLU(), torch.nn.Conv2d(64, 1, 3, padding=1)]
    published = torch.nn.Sequential(*layers)
    torch.save({f"model.{name}": value for name, value in published.state_dict().items()}, "dncnn_25.pth")
    taking, _ = commands("dncnn")
    assert main(taking) == 0
    picture = torch.rand(1, 1, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(
            load_bundle(Path("bundles/dncnn"), device="cpu")(picture), picture - published(picture)
        )
    card = Path("bundles/dncnn/README.md").read_text()
    assert "github.com/cszn/KAIR" in card
    assert "MIT." in card
