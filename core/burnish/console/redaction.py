"""Removes secrets: passwords, tokens and keys in any text become ``***``.

What is a secret is known by its place (user and password of an address, a token in its query, ``password=``), by its
form (the keys of well-known services), and by its value: what the environment holds under names such as
``MLFLOW_TRACKING_PASSWORD`` is hidden wherever it appears.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ContextDecorator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from burnish.console.escaping import block

if TYPE_CHECKING:
    from logging import LogRecord

HIDDEN = "***"
"""The replacement of a secret."""

SHORTEST = 6
"""Least length of a value that is hidden wherever it appears; hiding shorter ones would hide plain words."""

LONG_PATH = 16
"""Least length of a webhook's path that is hidden alone, too: the path is the password of such an address."""

_NAMES = r"passw(?:or)?d|passphrase|pwd|secret|token|(?:api|access|account|private|sas)[_-]?key"
_HINTS = ("passw", "passphrase", "pwd", "secret", "token", "key")
"""Every name matched by ``_NAMES`` contains one of these; searched first, since most texts contain none."""
_VARIABLES = "|".join((*_HINTS, "credential", r"auth(?!ors?(?:_|$))", "connection_string"))
_NO_SECRETS = ("PWD", "OLDPWD")
_USERINFO = (
    # scheme://user:password@host; a password has no white space, no quotes, no < and >, and does not begin like a port
    r"(://)[^\s:/@\"'<>]*:(?!\d{1,5}[/?#])[^\s@\"'<>]*@",
    r"(?<!ssh)(://)[^\s/?#\"'<>\\]+@",
)
_PASSWORD = r"://[^\s:/@]*:(?!\d{1,5}[/?#])([^\s@]+)@"
_QUERY = r"token|key|secret|sig|signature|passw(?:or)?d|pwd|auth|credential"
_KEYS = r"(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|"
_KEYS += r"pn[ub]_\w{16,}|sk-[\w-]{20,}|hf_\w{20,}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
_KEYS_BEGIN = ("akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "pnu_", "pnb_")
_FORMS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    *(("@", ("://",), form, rf"\1{HIDDEN}@") for form in _USERINFO),
    (
        "=",
        (*_HINTS, "sig", "auth", "credential"),
        # names of limited length: the text between is searched again for every name, and base64 text is not a name
        rf"(?i)([?&;][\w.\[\]%-]{{0,40}}?(?:{_QUERY})[\w.\[\]%-]{{0,40}}=)[^&;\s\"'<>\\]+",
        rf"\1{HIDDEN}",
    ),
    (
        "",
        ("authorization",),
        r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?(?:(?:basic|bearer|token|digest)\s+)?)[^\s\"',]+",
        rf"\1{HIDDEN}",
    ),
    (" ", ("bearer ", "basic "), r"(\b[Bb](?:earer|asic)\s+)(?=[^\s\"',]*\d)[\w.~+/=-]{8,}", rf"\1{HIDDEN}"),
    ("=", _HINTS, rf"(?i)((?:\b|_)(?:{_NAMES})=)(?:\"[^\"]*\"|'[^']*'|[^\s\"'&;,)]+)", rf"\1{HIDDEN}"),
    (":", _HINTS, rf"(?i)([\"'][\w-]*(?:{_NAMES})[\"']\s*:\s*)(?:\"[^\"]*\"|'[^']*')", rf'\1"{HIDDEN}"'),
    (
        "-----BEGIN",
        ("private key",),
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        HIDDEN,
    ),
    ("", (*_KEYS_BEGIN, "sk-", "hf_", "aiza", "eyj"), rf"\b(?:{_KEYS})", HIDDEN),
)
"""Where the form may fit, a text holds this and, in lower case, one of these; the form; what stands instead."""

_remembered: set[str] = set()


def redact(text: str) -> str:
    """The text without secrets."""
    for literal, instead in _literals(frozenset(os.environ.items()), frozenset(_remembered)):
        text = text.replace(literal, instead)
    lower = text.lower()
    for mark, hints, form, instead in _FORMS:
        if mark in text and any(hint in lower for hint in hints):
            text = re.sub(form, instead, text)
    return text


def redacted(value: Any) -> Any:
    """A JSON value without secrets in keys and values; the value of a key such as ``password`` is hidden."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {
            redact(key) if isinstance(key, str) else key: HIDDEN
            if isinstance(key, str) and isinstance(item, str) and item and _is_secret_name(key)
            else redacted(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    return value


def remember(text: str) -> None:
    """Hide from now on the password in this text, which is an address from the command line."""
    _remembered.update(secret for secret, _ in _in_address(text))


def without_userinfo(address: str) -> str:
    """The address without user and password."""
    for form in _USERINFO:
        address = re.sub(form, r"\1", address)
    return address


def clean_error(error: BaseException) -> BaseException:
    """Remove secrets from an exception and its causes, in place; libraries keep texts in both."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.args = tuple(redact(part) if isinstance(part, str) else part for part in one.args)
        for name, value in list(vars(one).items()):
            if isinstance(value, str) and (clean := redact(value)) != value:
                setattr(one, name, clean)
        waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
    return error


def clean_errors() -> _Cleaning:
    """Remove secrets from every exception that leaves the block, or the decorated function."""
    return _Cleaning()


class _Cleaning(ContextDecorator):
    """A picklable decorator, for functions that other processes run; a generator-based one is not picklable."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            clean_error(error)


def guard_logs() -> None:
    """Remove secrets and control characters from all later log records of this process, for every handler."""
    import logging

    made = logging.getLogRecordFactory()
    if not getattr(made, "guards", False):
        logging.setLogRecordFactory(_Guard(made))


class _Guard:
    """A log record factory that creates clean records, also for those that Prefect sends to its server."""

    guards = True

    def __init__(self, before: Callable[..., LogRecord]) -> None:
        self._before = before

    def __call__(self, *arguments: object, **named: object) -> LogRecord:
        record = self._before(*arguments, **named)
        try:
            said = record.getMessage()
        except Exception:  # a faulty record; its handler reports the fault
            return record
        if (clean := block(redact(said))) != said:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[1] is not None:
            import traceback

            record.exc_text = block(redact("".join(traceback.format_exception(*record.exc_info)).rstrip()))
        return record


@lru_cache(maxsize=8)
def _literals(environment: frozenset[tuple[str, str]], remembered: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Values to hide wherever they appear, each with its replacement; the longest first."""
    found = dict.fromkeys(remembered, HIDDEN)
    for name, value in environment:
        found.update(_in_variable(name, value))
    if not found:
        return ()
    from urllib.parse import quote

    forms = {form: instead for secret, instead in found.items() for form in (secret, quote(secret, safe=""))}
    return tuple(sorted(forms.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def _in_variable(name: str, value: str) -> Iterator[tuple[str, str]]:
    yield from _in_address(value)
    lower = name.lower()
    if lower.endswith(("webhook_url", "webhook_urls")):
        for address in value.split(","):
            yield from _in_webhook(address.strip())
    elif re.search(_VARIABLES, lower) and name not in _NO_SECRETS and not _is_harmless(value):
        yield value, HIDDEN
        password = value.partition(":")[2]  # of user:password, as in PREFECT_API_AUTH_STRING
        if len(password) >= SHORTEST and "://" not in value:
            yield password, HIDDEN


def _in_address(text: str) -> Iterator[tuple[str, str]]:
    """The passwords in the addresses of a text."""
    if "://" not in text or "@" not in text:
        return
    from urllib.parse import unquote

    for found in re.finditer(_PASSWORD, text):
        for password in (found[1], unquote(found[1])):
            if len(password) >= SHORTEST:
                yield password, HIDDEN


def _in_webhook(address: str) -> Iterator[tuple[str, str]]:
    """The path of a webhook's address; whoever knows it can post."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    if path:
        yield address, f"{scheme}://{host.rpartition('@')[2]}/{HIDDEN}"
        if len(path) >= LONG_PATH:
            yield slash + path, f"/{HIDDEN}"


def _is_secret_name(key: str) -> bool:
    return bool(re.search(rf"(?i)(?:^|[_-])(?:{_NAMES})$|^(?:proxy-)?authorization$", key))


def _is_harmless(value: str) -> bool:
    """Whether the value is a short word, a switch or a file, and so not a secret."""
    if len(value) < SHORTEST or value.lower() in {"disabled", "enabled", "default"}:
        return True
    try:
        return os.path.exists(value)  # noqa: PTH110  (pathlib takes milliseconds to import)
    except (OSError, ValueError):  # too long for a file name
        return False
