"""Secrets are hidden by their place, their form and their value; addresses, paths and plain words stay readable."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from burnish import hookimpl
from burnish.console.redaction import clean_error, guard_logs, redact, redacted, remember, without_userinfo
from burnish.errors import RegistryError
from burnish.events import RunFailed
from burnish.plugins.host import Host
from hypothesis import given
from hypothesis import strategies as st

FOLDER = str(Path(__file__).parent)

HIDDEN = {
    "http://robot:hunter22@host:5000/api": "http://***@host:5000/api",
    "postgresql+psycopg2://u:p/a#s?s@db:5432/x": "postgresql+psycopg2://***@db:5432/x",
    "postgresql://u:p@ss@db/x": "postgresql://***@db/x",
    "https://ghp_token@github.com/a/b.git": "https://***@github.com/a/b.git",
    "two http://a:bbb@c and ftp://d:eee@f": "two http://***@c and ftp://***@f",
    "HTTPConnectionPool(host='h'): url: /x?token=abc&y=1": "HTTPConnectionPool(host='h'): url: /x?token=***&y=1",
    "https://b.s3.amazonaws.com/k?X-Amz-Credential=AA%2F1&X-Amz-Signature=0f&z=2":
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=***&X-Amz-Signature=***&z=2",
    "https://x.blob.core.windows.net/c?sv=1&sig=abc%3D": "https://x.blob.core.windows.net/c?sv=1&sig=***",
    "DefaultEndpointsProtocol=https;AccountName=n;AccountKey=abc==;E=f":
        "DefaultEndpointsProtocol=https;AccountName=n;AccountKey=***;E=f",
    "host=db user=u password=hunter22 dbname=x": "host=db user=u password=*** dbname=x",
    "MLFLOW_TRACKING_TOKEN=abc": "MLFLOW_TRACKING_TOKEN=***",
    "{'password': 'x y', 'user': 'u'}": "{'password': \"***\", 'user': 'u'}",
    "Authorization: Bearer abc.def": "Authorization: Bearer ***",
    "sent Basic cm9ib3Q6aHVudGVyMjI=": "sent Basic ***",
    "id AKIAIOSFODNN7EXAMPLE used": "id *** used",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_1": "***",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend": "***\nend",
}  # fmt: skip

PLAIN = (
    "http://127.0.0.1:5000/#/models/denoise@champion",
    "ssh://git@github.com/a/b.git",
    "git@github.com:a/b.git",
    "sqlite:////srv/project/.burnish/mlflow.db: MLflow does not answer",
    "models:/denoise@champion",
    "restored 3 of 4 pictures with cnn/dncnn in 2.0 s",
    "see https://example.org/a?page=2&sort=name",
    "a basic restorer; the token is missing; the key: is the model's name",
    "ann <ann@example.org> promoted denoise:3",
)


@pytest.mark.parametrize("text", HIDDEN, ids=range(len(HIDDEN)))
def test_what_is_a_secret_by_its_place_or_form_is_hidden_and_the_rest_stays(text: str) -> None:
    assert redact(text) == HIDDEN[text]
    assert redact(HIDDEN[text]) == HIDDEN[text]


@pytest.mark.parametrize("text", PLAIN, ids=range(len(PLAIN)))
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "name",
    ["MLFLOW_TRACKING_PASSWORD", "PREFECT_API_KEY", "AWS_SECRET_ACCESS_KEY", "BURNISH_WEBHOOK_SECRET", "PGPASSWORD"],
)
def test_what_the_environment_holds_under_such_a_name_is_hidden_wherever_it_appears(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "Corr3ct horse/battery")
    assert redact("it said: Corr3ct horse/battery!") == "it said: ***!"
    assert redact("a=Corr3ct%20horse%2Fbattery") == "a=***"


def test_the_password_of_an_address_in_the_environment_is_hidden_alone_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://u:swordf%40sh1@proxy:3128")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:opensesame")
    assert redact("proxy refuses swordf@sh1 and swordf%40sh1") == "proxy refuses *** and ***"
    assert redact("opensesame") == "***"


def test_of_a_webhook_only_the_host_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNISH_WEBHOOK_URL", "https://hooks.example/services/T0/B0/XYZ,https://b.example/hook")
    said = redact("https://hooks.example/services/T0/B0/XYZ and /services/T0/B0/XYZ and https://b.example/hook fail")
    assert said == "https://hooks.example/*** and /*** and https://b.example/*** fail"


def test_files_switches_and_short_values_are_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", FOLDER)
    monkeypatch.setenv("USE_AUTH_TOKEN", "true")
    monkeypatch.setenv("X_TOKEN", "ab")
    assert redact(f"true ab {FOLDER}") == f"true ab {FOLDER}"


def test_the_name_of_an_author_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Berta Example")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "berta@example.org")
    monkeypatch.setenv("X_AUTHORIZATION", "swordfish")
    assert redact("Berta Example, berta@example.org, swordfish") == "Berta Example, berta@example.org, ***"


def test_of_a_json_value_keys_and_values_are_cleaned_and_numbers_stay() -> None:
    value = {
        "uri": "http://u:pw@h/x",
        "list": ["a", 1, 0.5, None, True],
        "password": "x",
        "token_size": 3,
        "api_key": "",
    }
    assert redacted(value) == {
        "uri": "http://***@h/x", "list": ["a", 1, 0.5, None, True], "password": "***", "token_size": 3, "api_key": "",
    }  # fmt: skip


def test_an_exception_is_cleaned_together_with_all_that_it_was_raised_from() -> None:
    class LibraryError(Exception):
        def __init__(self, message: str) -> None:
            super().__init__(message)
            self.message = message

    address = "http://u:pw12345@h"
    try:
        try:
            raise LibraryError(f"{address} refuses")
        except LibraryError as error:
            raise ValueError(f"cannot reach {address}") from error
    except ValueError as error:
        import traceback

        assert "pw12345" not in "".join(traceback.format_exception(clean_error(error)))
        assert isinstance(error.__cause__, LibraryError)
        assert error.__cause__.message == "http://***@h refuses"


def test_an_error_of_burnish_never_tells_a_secret() -> None:
    error = RegistryError("postgresql://u:hunter22@db: MLflow does not answer")
    assert str(error) == "postgresql://***@db: MLflow does not answer"


def test_what_the_command_line_held_is_remembered() -> None:
    remember("postgresql://u:Zanzibar-7@db/x")
    assert redact("role u, Zanzibar-7") == "role u, ***"


@given(st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters="@\"'<>"), min_size=1, max_size=20))
def test_no_password_of_an_address_survives_whatever_it_is_made_of(password: str) -> None:
    secret = f"q{password}q"
    said = redact(f"cannot open postgresql://user:{secret}@db.example/mlflow: refused")
    assert said == "cannot open postgresql://***@db.example/mlflow: refused"
    assert redact(said) == said


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_json_value_stays_one(value: object) -> None:
    assert json.loads(json.dumps(redacted(value))) == json.loads(json.dumps(redacted(redacted(value))))


def test_an_address_without_its_user() -> None:
    assert without_userinfo("http://u:p@h:1/x?y=a@b") == "http://h:1/x?y=a@b"
    assert without_userinfo("sqlite:////a/b.db") == "sqlite:////a/b.db"
    assert without_userinfo("http://h/a@b") == "http://h/a@b"


def test_no_log_record_holds_a_secret_or_controls_a_terminal_wherever_it_goes(tmp_path: Path) -> None:
    before = logging.getLogRecordFactory()
    handler = logging.FileHandler(tmp_path / "log")
    logger = logging.getLogger("a.library")
    logger.addHandler(handler)
    try:
        guard_logs()
        guard_logs()
        address = "http://u:hunter22@h"
        try:
            raise ValueError(f"{address} refuses")
        except ValueError:
            logger.exception("asked %s\x1b[2J", address)
        logger.warning("plain %s %d", "text", 3)
    finally:
        logger.removeHandler(handler)
        logging.setLogRecordFactory(before)
        handler.close()
    said = (tmp_path / "log").read_text()
    assert said.startswith("asked http://***@h\\x1b[2J\nTraceback")
    assert "ValueError: http://***@h refuses" in said
    assert said.endswith("plain text 3\n")


def test_observers_are_told_no_secret() -> None:
    told: list[RunFailed] = []

    class Observer:
        @hookimpl
        def on_run_failed(self, event: RunFailed) -> None:
            told.append(event)

    host = Host([])
    host._manager.register(Observer())
    host.notify("on_run_failed", RunFailed(model="m", stage="train", error="http://u:hunter22@h refuses"))
    assert told == [RunFailed(model="m", stage="train", error="http://***@h refuses")]


def test_a_picture_within_a_page_stays_as_it_is() -> None:
    for word in ("sig", "key", "pwd", "auth", "token"):
        text = f'<img src="data:image/png;base64,iVBORw0KGgo{word}AAAA{word}gg==">'
        assert redact(text) == text


def test_a_long_text_of_names_alone_is_looked_through_at_once() -> None:
    text = "/=x " + "?key" * 50_000  # with an unbounded name: some hours
    assert redact(text) == text
