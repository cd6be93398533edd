"""Pictures come back restored; what is no picture, too large or too slow is refused in one line."""

from __future__ import annotations

import pickle
import struct
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.errors import PluginError
from burnish.inference import load_restorer
from burnish_flows.serving import pictures
from burnish_flows.serving.app import Limits, create_app
from burnish_flows.serving.following import Served
from fastapi.testclient import TestClient


class Fixed:
    """Stands where a following would: a model of one's own choice, swapped by assignment."""

    def __init__(self, restorer: str = "classical/median", version: str = "1") -> None:
        self.reference, self.trouble = "denoise@champion", ""
        self.current = Served(model="denoise", version=version, loaded=load_restorer(restorer))

    def stop(self) -> None:
        """Nothing follows."""


def _client(following: Any, **limits: Any) -> TestClient:
    return TestClient(create_app(following, Limits(**limits)))


def _picture(height: int = 20, width: int = 30, dtype: type = np.uint8) -> np.ndarray[Any, Any]:
    generator = np.random.default_rng(0)
    return generator.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype)


def _encoded(picture: np.ndarray[Any, Any], suffix: str = ".png") -> bytes:
    return bytes(cv2.imencode(suffix, picture)[1])


def _decoded(content: bytes) -> np.ndarray[Any, Any]:
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    return found


def _bomb() -> bytes:
    """A PNG of 60,000 × 60,000 pixels in a few hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


def test_a_picture_comes_back_restored_and_says_who_made_it() -> None:
    picture = _picture()
    answer = _client(Fixed()).post("/restore", content=_encoded(picture))
    assert (answer.status_code, answer.headers["x-burnish-model"]) == (200, "denoise:1")
    assert answer.headers["content-type"] == "image/png"
    assert np.array_equal(_decoded(answer.content), cv2.medianBlur(picture, 3))


def test_sixteen_bits_stay_sixteen_bits_and_the_format_stays_unless_another_is_asked_for() -> None:
    client, picture = _client(Fixed("burnish/identity")), _picture(dtype=np.uint16)
    tiff = client.post("/restore", content=_encoded(picture, ".tiff"))
    assert tiff.headers["content-type"] == "image/tiff"
    png = client.post("/restore?format=png", content=_encoded(picture, ".tiff"))
    assert np.array_equal(_decoded(png.content), picture)
    jpeg = client.post("/restore", content=_encoded(_picture(), ".jpg"))
    assert jpeg.headers["content-type"] == "image/png", "an answer loses nothing"
    assert client.post("/restore?format=exe", content=_encoded(picture)).status_code == 422


def test_a_restorer_that_must_be_told_the_noise_asks_for_it() -> None:
    client = _client(Fixed("classical/nlm"))
    content = _encoded(_picture())
    refused = client.post("/restore", content=content)
    assert refused.status_code == 422
    assert "add ?sigma=" in refused.json()["error"]
    assert client.post("/restore?sigma=0.1", content=content).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 415),
        (b"/etc/passwd", 415),
        (b"file:///etc/passwd" * 10, 415),
        (pickle.dumps({"picture": list(range(100))}), 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (_encoded(_picture())[:100], 422),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 1000, 422),
        (b"II*\x00" + b"\xff" * 1000, 422),
        (_bomb(), 413),
    ],
    ids=["empty", "path", "address", "pickle", "svg", "cut short", "no chunks", "mad tiff", "bomb"],
)
def test_hostile_bodies_are_refused_in_one_line_without_a_path(body: bytes, status: int) -> None:
    client = _client(Fixed())
    answer = client.post("/restore", content=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert "\n" not in error
    assert "/tmp" not in error
    assert client.post("/restore", content=_encoded(_picture())).status_code == 200, "it lives on"


def test_a_body_that_is_too_long_is_refused_whether_it_says_so_or_not() -> None:
    client = _client(Fixed(), bytes=1000)
    assert client.post("/restore", content=_encoded(_picture(100, 100))).status_code == 413

    def pieces() -> Any:
        yield from (_encoded(_picture(100, 100))[i : i + 100] for i in range(0, 3000, 100))

    assert client.post("/restore", content=pieces()).status_code == 413


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    answer = _client(Fixed(), pixels=599).post("/restore", content=_encoded(_picture()))
    assert answer.status_code == 413
    assert "million pixels" in answer.json()["error"]


def test_beyond_what_may_wait_requests_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    original = pictures.answer

    def slow(*arguments: Any, **keywords: Any) -> Any:
        gate.wait(10)
        return original(*arguments, **keywords)

    monkeypatch.setattr("burnish_flows.serving.app.answer", slow)
    content, answers = _encoded(_picture()), []
    with _client(Fixed(), waiting=2) as client:
        threads = [
            threading.Thread(target=lambda: answers.append(client.post("/restore", content=content).status_code))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 10
        while len(answers) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        assert answers == [503, 503]
        gate.set()
        for thread in threads:
            thread.join()
    assert sorted(answers) == [200, 200, 503, 503]


def test_an_answer_that_takes_too_long_is_given_up_and_its_files_are_removed_when_it_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gate = threading.Event()

    def never(*_: Any, **__: Any) -> Any:
        gate.wait(10)
        raise RuntimeError("too late")

    monkeypatch.setattr("burnish_flows.serving.app.answer", never)
    with _client(Fixed(), seconds=0.2) as client:
        answer = client.post("/restore", content=_encoded(_picture()))
        assert answer.status_code == 503
        assert "no answer within 0.2 s" in answer.json()["error"]
        assert len(list(tmp_path.iterdir())) == 1
        gate.set()
    assert list(tmp_path.iterdir()) == []


def test_requests_take_the_version_of_the_moment_and_readiness_says_that_it_is_behind_but_not_why() -> None:
    following = Fixed()
    client = _client(following)
    following.current = Fixed(version="2").current
    following.trouble = "http://robot:hunter2@mlflow.internal:5000: MLflow does not answer; see /srv/burnish/log"
    assert client.post("/restore", content=_encoded(_picture())).headers["x-burnish-model"] == "denoise:2"
    assert client.get("/ready").json() == {
        "status": "ready", "model": "denoise:2", "following": "behind",
    }  # fmt: skip
    told = client.get("/model").json()
    assert (told["version"], told["restorer"], told["answered"]) == ("2", "classical/median", 1)
    assert client.get("/health").json() == {"status": "alive"}


def test_what_goes_wrong_inside_is_logged_and_names_nothing_of_the_machine_to_a_stranger(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise PluginError("/srv/burnish/plugin.py: cannot reach http://db.internal:5432")

    monkeypatch.setattr("burnish.inference.restore_picture", broken)
    answer = _client(Fixed()).post("/restore", content=_encoded(_picture()))
    assert (answer.status_code, "denoise:1 cannot restore this picture" in answer.json()["error"]) == (422, True)
    assert "/srv" not in answer.text
    assert "internal" not in answer.text
    assert "db.internal:5432" in caplog.text


def test_nothing_but_the_four_addresses_answers() -> None:
    client = _client(Fixed())
    assert [client.get(path).status_code for path in ("/docs", "/openapi.json", "/../etc/passwd", "/restore")] == [
        404, 404, 404, 405,
    ]  # fmt: skip
