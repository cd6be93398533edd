"""Self-ensemble: the mean over the eight views of a picture, whatever restorer of single pictures it asks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.builtin.self_ensemble import SelfEnsemble, views
from burnish.errors import BurnishError
from burnish.fingerprint.code import involved
from burnish.inference import Restorer, load_restorer, restore, restore_detailed
from burnish.plugins.catalog import installed
from burnish.restorer.bundle import write_bundle

pytest.importorskip("burnish_cnn")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network with random weights, which treats every view differently."""
    from burnish_cnn.dncnn import DnCNN

    config = {"channels": 1, "depth": 3, "features": 4, "norm": "none"}
    network = DnCNN(channels=1, depth=3, features=4, norm="none")
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2, generator=torch.Generator().manual_seed(parameter.numel()))
    folder = tmp_path_factory.mktemp("bundle") / "random"
    write_bundle(
        folder, restorer="cnn/dncnn", config=config, weights=network.state_dict(), distribution="burnish-cnn",
        version="0.1.0",
    )  # fmt: skip
    return folder


def _ensemble(bundle: Path, views: int = 8) -> Restorer:
    return load_restorer("burnish/self-ensemble", {"restorer": str(bundle), "views": views}, device="cpu")


@pytest.mark.parametrize("count", [2, 4, 8])
def test_the_estimate_is_the_mean_of_the_estimates_of_the_views_turned_back(bundle: Path, count: int) -> None:
    from burnish.inference import load_bundle

    picture = np.random.default_rng(0).random((13, 18), dtype=np.float32)
    network = load_bundle(bundle, device="cpu")

    def restored(view: np.ndarray) -> np.ndarray:
        return restore(network, torch.from_numpy(view.copy())[None, None], precision="fp32")[0, 0].numpy()

    symmetries = {
        2: [(np.array, np.array), (np.fliplr, np.fliplr)],
        4: [(np.array, np.array), (np.fliplr, np.fliplr), (np.flipud, np.flipud)],
        8: [(np.transpose, np.transpose), (np.fliplr, np.fliplr), (np.flipud, np.flipud), (np.array, np.array)],
    }[count]
    estimates = [back(restored(there(picture))) for there, back in symmetries]
    if count >= 4:
        estimates.append(np.rot90(restored(np.rot90(picture, 2)), 2))
    if count == 8:
        estimates += [np.rot90(restored(np.rot90(picture, turns)), -turns) for turns in (1, 3)]
        anti = np.rot90(picture.T, 2)
        estimates.append(np.rot90(restored(anti), 2).T)
    assert len(estimates) == count
    found = restore(_ensemble(bundle, count), torch.from_numpy(picture)[None, None], precision="fp32")[0, 0].numpy()
    np.testing.assert_allclose(found, np.mean(estimates, axis=0), atol=1e-5)
    assert np.abs(found - estimates[0]).max() > 1e-3, "the views are not treated alike, or nothing is shown"


@pytest.mark.parametrize("count", [2, 4, 8])
def test_no_view_is_asked_twice(count: int) -> None:
    picture = torch.arange(12.0).reshape(3, 4)
    seen = {
        (view.shape, tuple(view.flatten().tolist()))
        for quarters, mirrored in views(count)
        for view in [torch.rot90(picture.flip(-1) if mirrored else picture, quarters, (-2, -1))]
    }
    assert len(seen) == count


def test_pieces_of_a_large_picture_give_what_the_whole_gives(bundle: Path) -> None:
    picture = torch.rand(1, 1, 90, 70, generator=torch.Generator().manual_seed(1))
    loaded = _ensemble(bundle)
    cut = restore_detailed(loaded, picture, tile=32, precision="fp32")
    assert cut.tile == 32 and cut.exact
    torch.testing.assert_close(cut.estimate, restore(loaded, picture, tile=0, precision="fp32"), atol=1e-5, rtol=0)


def test_it_is_as_large_looks_as_far_and_enlarges_as_much_as_what_it_asks() -> None:
    pytest.importorskip("burnish_super_resolution")
    name = "super-resolution/espcn:luma-x2"
    asked = load_restorer(name, device="cpu")
    loaded = load_restorer("burnish/self-ensemble", {"restorer": name}, device="cpu")
    for fact in (
        "scale",
        "receptive_field",
        "size_multiple",
        "min_size",
        "tiling",
        "precision_tolerance",
        "parameters",
    ):
        assert getattr(loaded, fact) == getattr(asked, fact), fact
    assert restore(loaded, torch.rand(1, 3, 20, 31)).shape == (1, 3, 40, 62)


def test_it_asks_the_identity_unless_told_and_then_changes_nothing() -> None:
    picture = torch.rand(2, 3, 9, 5)
    torch.testing.assert_close(restore(load_restorer("burnish/self-ensemble", device="cpu"), picture), picture)


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("cnn/ffdnet:grey", "without conditions"),
        ("cnn/dncnn", "be trained first"),
        ("rnn/recurrent-deblur:moving-camera", "single"),
    ],
)
def test_what_it_cannot_ask_is_named_with_the_mend(name: str, fact: str) -> None:
    pytest.importorskip("burnish_rnn")
    with pytest.raises(BurnishError, match=f"{name.partition(':')[0]}.*{fact}"):
        SelfEnsemble(restorer=name)


def test_the_code_of_what_it_asks_takes_part() -> None:
    entries = involved([("restorers", "burnish/self-ensemble", {"restorer": "cnn/dncnn:grey-25"})], installed())
    assert [entry.id for entry in entries] == ["burnish/self-ensemble", "cnn/dncnn"]
