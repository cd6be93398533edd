"""Pictures come back restored; what is no picture, too large or too slow is refused in one line."""

from __future__ import annotations

import pickle
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.errors import PluginError
from burnish.inference import load_restorer
from burnish.io.isolation.isolated import DecodeLimits, close_workers
from burnish_flows.serving import pictures
from burnish_flows.serving.app import Limits, create_app
from burnish_flows.serving.following import Served
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families


class Fixed:
    """Stands where a following would: a model of one's own choice, swapped by assignment."""

    def __init__(self, restorer: str = "classical/median", version: str = "1") -> None:
        self.reference, self.trouble = "denoise@champion", ""
        self.current = Served(model="denoise", version=version, loaded=load_restorer(restorer))

    def stop(self) -> None:
        """Nothing follows."""


@pytest.fixture(autouse=True, scope="module")
def _no_decoder_is_left() -> Iterator[None]:
    yield
    close_workers()


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


def test_beyond_what_may_wait_requests_are_told_to_come_again_and_ready_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = threading.Event()
    original = pictures.answer

    def slow(*arguments: Any, **keywords: Any) -> Any:
        gate.wait(1800)
        return original(*arguments, **keywords)

    monkeypatch.setattr("burnish_flows.serving.request_queue.answer", slow)
    content, answers = _encoded(_picture()), []
    with _client(Fixed(), waiting=2) as client:
        assert client.get("/ready").status_code == 200
        threads = [
            threading.Thread(target=lambda: answers.append(client.post("/restore", content=content).status_code))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        _until(lambda: len(answers) == 2)
        assert answers == [503, 503]
        ready = client.get("/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "full")
        gate.set()
        for thread in threads:
            thread.join()
        assert client.get("/ready").status_code == 200
    assert sorted(answers) == [200, 200, 503, 503]


def test_an_answer_that_takes_too_long_is_given_up_and_ready_says_that_the_worker_is_stuck(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gate, reached = threading.Event(), threading.Event()

    def never(*_: Any, **__: Any) -> Any:
        reached.set()
        gate.wait(1800)
        raise RuntimeError("too late")

    monkeypatch.setattr("burnish_flows.serving.request_queue.answer", never)
    with _client(Fixed(), seconds=1) as client:
        while not reached.is_set():  # a decoder may take its time to start
            answer = client.post("/restore", content=_encoded(_picture()))
        assert answer.status_code == 503
        assert "no answer within 1 s" in answer.json()["error"]
        assert list(tmp_path.iterdir()) == [], "no picture has a name on disk"
        _until(lambda: client.get("/ready").json()["status"] == "stuck")
        gate.set()
        _until(lambda: client.get("/ready").status_code == 200)


def test_ending_does_not_wait_for_a_restoration_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, reached = threading.Event(), threading.Event()

    def never(*_: Any, **__: Any) -> Any:
        reached.set()
        gate.wait()
        raise RuntimeError("too late")

    monkeypatch.setattr("burnish_flows.serving.request_queue.answer", never)
    with _client(Fixed(), seconds=1) as client:
        while not reached.is_set():
            client.post("/restore", content=_encoded(_picture()))
    gate.set()  # reached only if the end did not wait for it


def test_a_picture_that_cannot_be_decoded_in_time_fails_alone_while_others_are_answered() -> None:
    slow = _runs(3000, 3000)
    with _client(Fixed(), decode=DecodeLimits(seconds=1, memory_mb=512)) as client:
        refused: list[Any] = []
        hostile = [threading.Thread(target=lambda: refused.append(client.post("/restore", content=slow)))]
        hostile[0].start()
        assert client.post("/restore", content=_encoded(_picture())).status_code == 200
        hostile[0].join()
        assert refused[0].status_code == 422
        assert refused[0].json()["error"].startswith("the picture cannot be decoded within 1 s")
        assert client.post("/restore", content=_encoded(_picture())).status_code == 200


def test_a_progressive_jpeg_of_twenty_thousand_empty_scans_is_refused() -> None:
    whole = bytes(cv2.imencode(".jpg", _picture(64, 64), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1])
    last = whole.rindex(b"\xff\xda")
    hostile = whole[:-2] + whole[last : last + 12] * 20_000 + whole[-2:]
    answer = _client(Fixed()).post("/restore", content=hostile)
    assert answer.status_code == 422
    assert "more than 200 scans" in answer.json()["error"]


def test_a_damaged_picture_is_refused_unless_the_server_allows_it_and_then_the_answer_says_so() -> None:
    whole = bytes(cv2.imencode(".jpg", _picture(64, 64))[1])
    half = whole[: len(whole) // 2] + whole[-2:]
    refused = _client(Fixed()).post("/restore", content=half)
    assert refused.status_code == 422
    assert refused.json()["error"].startswith("the picture is a damaged JPEG: ")
    assert "--allow-damaged" not in refused.text
    answer = _client(Fixed(), allow_damaged=True).post("/restore", content=half)
    assert (answer.status_code, bool(answer.headers["x-burnish-damage"])) == (200, True)


def test_forms_are_taken_as_bodies_are() -> None:
    client, picture = _client(Fixed("classical/nlm")), _encoded(_picture())
    plain = client.post("/restore?sigma=0.1&format=webp", content=picture)
    form = client.post("/restore", files={"picture": ("a.png", picture)}, data={"sigma": "0.1", "format": "webp"})
    assert (form.status_code, form.headers["content-type"]) == (200, "image/webp")
    assert form.content == plain.content
    mixed = client.post("/restore?sigma=0.1&format=webp", files={"picture": ("ü b.png", picture)})
    assert mixed.content == plain.content


@pytest.mark.parametrize(
    ("files", "fields", "told"),
    [
        ({}, {"sigma": "0.1"}, "the form contains no file"),
        ({"picture": ("a.png", b"text, for sure")}, {}, "the body is not a picture"),
        ({"picture": ("a.png", b"x" * 100), "other": ("b.png", b"y" * 100)}, {}, "the body is not a picture"),
        ({"picture": ("a.png", _encoded(_picture()))}, {"sigma": "loud"}, "sigma is 'loud'"),
        ({"picture": ("a.png", _encoded(_picture()))}, {"format": "exe"}, "format is 'exe'"),
        (
            {"picture": ("a.png", _encoded(_picture()))},
            {"sigam": "1"},
            "field of the form 'sigam'; did you mean sigma?",
        ),
        ({"picture": ("a.png", _encoded(_picture()))}, {"sigma": "1" * 2000}, "more than 1000 bytes"),
        (
            {"pictrue": ("a.png", _encoded(_picture()))},
            {},
            "file field of the form 'pictrue'; did you mean picture?",
        ),
        ({"sigma": ("a.png", _encoded(_picture()))}, {}, "file field of the form 'sigma'; the known ones are: picture"),
    ],
    ids=[
        "no file",
        "text",
        "two files",
        "no number",
        "no format",
        "unknown field",
        "long field",
        "unknown file",
        "no σ",
    ],
)
def test_forms_that_do_not_fit_are_refused_in_one_line(files: Any, fields: dict[str, str], told: str) -> None:
    content = {"files": files or {"sigma": (None, "0.1")}, "data": fields if files else {}}
    answer = _client(Fixed()).post("/restore", **content)
    assert answer.status_code in (415, 422)
    assert told in answer.json()["error"]


def test_two_files_and_forms_cut_short_are_refused() -> None:
    client, picture = _client(Fixed()), _encoded(_picture())
    two = client.post("/restore", files=[("picture", ("a.png", picture)), ("picture", ("b.png", picture))])
    assert "several files" in two.json()["error"]
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    head = b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
    assert (
        client.post("/restore", content=head + picture, headers=kind)
        .json()["error"]
        .startswith("the form is incomplete")
    )
    for bad in (b"no form at all", b"--b\r\nnonsense\x00: \r\n"):
        assert client.post("/restore", content=bad, headers=kind).status_code == 422
    assert client.post("/restore", content=b"", headers={"Content-Type": "multipart/form-data"}).status_code == 422


def test_all_errors_have_one_shape() -> None:
    client = TestClient(create_app(Fixed(), Limits()), raise_server_exceptions=False)
    content = _encoded(_picture())
    wrong = {
        404: client.get("/nowhere"),
        405: client.get("/restore"),
        415: client.post("/restore", content=b"text"),
        422: client.post("/restore?sigma=7", content=content),
    }
    for status, answer in wrong.items():
        assert answer.status_code == status
        assert list(answer.json()) == ["error"]
        assert "\n" not in answer.json()["error"]
        assert answer.headers["x-burnish-model"] == "denoise:1"
    assert client.post("/restore?sigma=7", content=content).json()["error"].startswith("sigma is '7'")


def test_a_failure_inside_has_that_shape_too_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret at /srv/burnish")

    monkeypatch.setattr("burnish_flows.serving.request_queue.answer", broken)
    client = TestClient(create_app(Fixed(), Limits()), raise_server_exceptions=False)
    answer = client.post("/restore", content=_encoded(_picture()))
    assert (answer.status_code, list(answer.json())) == (500, ["error"])
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/restore?sigam=0.1", "there is no query parameter 'sigam'; did you mean sigma?"),
        ("/restore?strength=3", "there is no query parameter 'strength'; the known ones are: sigma, format"),
        ("/model?x=1", "there is no query parameter 'x'; the known ones are: none"),
    ],
)
def test_unknown_query_parameters_are_refused_by_name(address: str, told: str) -> None:
    client = _client(Fixed())
    answer = client.request("POST" if "restore" in address else "GET", address, content=_encoded(_picture()))
    assert (answer.status_code, answer.json()) == (422, {"error": told})


def test_the_description_is_openapi_and_tells_of_every_address() -> None:
    told = _client(Fixed()).get("/openapi.json").json()
    assert told["openapi"].startswith("3.")
    assert set(told["paths"]) == {"/restore", "/health", "/ready", "/model", "/metrics"}
    operation = told["paths"]["/restore"]["post"]
    assert {one["name"] for one in operation["parameters"]} == {"sigma", "format"}
    assert {"image/png", "multipart/form-data"} <= set(operation["requestBody"]["content"])
    assert {"200", "408", "413", "415", "422", "503"} <= set(operation["responses"])


def test_the_documentation_is_one_page_that_loads_nothing_from_anywhere() -> None:
    page = _client(Fixed()).get("/docs", headers={"host": "<b>evil"})
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for word in ("POST /restore", "GET /metrics", "sigma", "multipart/form-data", "503"):
        assert word in page.text
    for word in ("<script", "src=", "cdn", "<b>evil"):
        assert word not in page.text


def test_the_metrics_are_prometheus_text_and_count_what_happened() -> None:
    client, content = _client(Fixed()), _encoded(_picture())
    for body in (content, content, b"no picture"):
        client.post("/restore", content=body)
    client.get("/nowhere")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["burnish_requests_total", (("address", "/restore"), ("status", "200"))] == 2
    assert samples["burnish_requests_total", (("address", "/restore"), ("status", "415"))] == 1
    assert samples["burnish_requests_total", (("address", "other"), ("status", "404"))] == 1
    assert samples["burnish_pixels_total", ()] == 2 * 20 * 30
    assert samples["burnish_restore_seconds_count", ()] == 2
    assert samples["burnish_model", (("model", "denoise"), ("version", "1"))] == 1
    assert (samples["burnish_inside", ()], samples["burnish_ready", ()]) == (0, 1)


def _runs(height: int, width: int) -> bytes:
    """A BMP of runs of one pixel each, which Pillow takes one by one, for seconds."""
    data = (bytes([1, 0, 1, 1] * (width // 2)) + b"\0\0") * height + b"\0\1"
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 0, 0, 256, 0)
    offset = 14 + len(head) + 1024
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + bytes(1024) + data


def _until(condition: Callable[[], Any]) -> None:
    last = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < last, "nothing happened"
        time.sleep(0.02)


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

    monkeypatch.setattr("burnish.inference.pictures.restore_picture_detailed", broken)
    answer = _client(Fixed()).post("/restore", content=_encoded(_picture()))
    assert (answer.status_code, "denoise:1 cannot restore this picture" in answer.json()["error"]) == (422, True)
    assert "/srv" not in answer.text
    assert "internal" not in answer.text
    assert "db.internal:5432" in caplog.text


def test_what_the_answer_does_not_keep_is_said_in_a_header() -> None:
    import io

    from PIL import Image, PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "me")
    body = io.BytesIO()
    Image.fromarray(_picture()).save(body, "PNG", pnginfo=text)
    with _client(Fixed()) as client:
        kept = client.post("/restore", content=body.getvalue())
        lost = client.post("/restore?format=jpg", content=body.getvalue())
    assert "X-Burnish-Notes" not in kept.headers
    assert lost.headers["X-Burnish-Notes"] == "not kept: the PNG chunks tEXt"
