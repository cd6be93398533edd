"""Bodies being received: unnamed files, limited in size and time; the slowest is dropped if there are too many."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from typing import IO, TYPE_CHECKING

from burnish.io.formats.lookup import HEAD
from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from starlette.requests import ClientDisconnect

from burnish_flows.serving.pictures import suffix_of
from burnish_flows.serving.refusing import RefusedError, refuse_others

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELDS = ["picture", "sigma", "format"]
"""Of a form: the picture's file, and what the query may say instead."""
FIELD_BYTES = 1000
"""Of a form's field that is not a file."""
HEAD_START = 65536
"""Bytes that an upload is taken to have sent already when it begins, so that new ones are not the slowest."""


@dataclass(kw_only=True)
class Upload:
    """One body."""

    began: float
    file: IO[bytes]
    timeout: asyncio.Timeout
    size: int = 0
    head: bytes = b""
    dropped: bool = False
    form: dict[str, str] = field(default_factory=dict)

    def pace(self, now: float) -> float:
        """Bytes a second."""
        return (self.size + HEAD_START) / max(now - self.began, 0.01)

    def write(self, piece: bytes) -> None:
        """Take in bytes of the picture; the first ones must be a picture's.

        Raises:
            RefusedError: 415, they are not.
        """
        if len(self.head) < HEAD:
            self.head += piece[: HEAD - len(self.head)]
            if len(self.head) == HEAD:
                suffix_of(self.head)
        self.file.write(piece)


class Uploads:
    """All bodies that are on their way."""

    def __init__(self, *, most: int, seconds: float, size: int) -> None:
        self.most, self.seconds, self.size = most, seconds, size
        self.present: list[Upload] = []

    async def receive(self, request: Request) -> Upload:
        """The whole body; its file has no name, and is gone once it is closed or this process is gone.

        Raises:
            RefusedError: 408, 413, 415, 422.
        """
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self.size:
            raise RefusedError(413, f"the body has {announced} bytes, but the limit is {self.size}")
        file = tempfile.TemporaryFile(prefix="burnish-serve-")  # noqa: SIM115
        try:
            return await self._receive(request, file)
        except BaseException:
            file.close()
            raise

    async def _receive(self, request: Request, file: IO[bytes]) -> Upload:
        now = asyncio.get_running_loop().time
        upload: Upload | None = None
        try:
            async with asyncio.timeout(self.seconds) as timeout:
                upload = Upload(began=now(), file=file, timeout=timeout)
                self._make_room(now())
                self.present.append(upload)
                with _writer(request, upload) as write:
                    async for piece in request.stream():
                        upload.size += len(piece)
                        if upload.size > self.size:
                            raise RefusedError(413, f"the body has more than {self.size} bytes")
                        write(piece)
        except TimeoutError as error:
            slow = (
                "is the slowest of too many" if upload and upload.dropped else f"did not arrive in {self.seconds:g} s"
            )
            raise RefusedError(408, f"the body {slow}; send it again") from error
        except ClientDisconnect as error:
            raise RefusedError(408, "the connection was closed before the body had arrived") from error
        finally:
            if upload in self.present:
                self.present.remove(upload)
        suffix_of(upload.head)
        file.flush()
        return upload

    def _make_room(self, now: float) -> None:
        """Drop the slowest one where there are too many."""
        staying = [upload for upload in self.present if not upload.dropped]
        if len(staying) >= self.most:
            slowest = min(staying, key=lambda upload: upload.pace(now))
            slowest.dropped = True
            with suppress(RuntimeError):  # its time is up just now
                slowest.timeout.reschedule(now)


@contextmanager
def _writer(request: Request, upload: Upload) -> Iterator[Callable[[bytes], object]]:
    """Where the pieces of a body go: into the file, or through the parser of a form."""
    kind = Message()
    kind["Content-Type"] = request.headers.get("content-type", "")
    if kind.get_content_type() != "multipart/form-data":
        yield upload.write
        return
    boundary = kind.get_param("boundary")
    if not isinstance(boundary, str):
        raise RefusedError(422, "the form has no boundary; let the client library write the header Content-Type")
    form = _Form(upload)
    parser = MultipartParser(boundary.encode("latin-1", "replace"), form.callbacks())
    try:
        yield parser.write
    except FormParserError as error:
        raise RefusedError(422, f"the form cannot be parsed: {' '.join(str(error).split())[:200]}") from error
    if not form.ended:
        raise RefusedError(422, "the form is incomplete; send it again")


class _Form:
    """Takes a form apart while it comes in: one file, and fields of a few bytes."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.ended = False
        self._name = self._key = ""
        self._is_file = self._had_file = False
        self._header, self._value, self._text = b"", b"", b""

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_header_field": lambda data, start, end: self._more("_header", data[start:end]),
            "on_header_value": lambda data, start, end: self._more("_value", data[start:end]),
            "on_header_end": self._header_ended,
            "on_headers_finished": self._part_began,
            "on_part_data": lambda data, start, end: self._data(data[start:end]),
            "on_part_end": self._part_ended,
            "on_end": self._end,
        }

    def _more(self, what: str, data: bytes) -> None:
        setattr(self, what, getattr(self, what) + data)
        if len(getattr(self, what)) > FIELD_BYTES:
            raise RefusedError(422, f"a field of the form has more than {FIELD_BYTES} bytes")

    def _header_ended(self) -> None:
        if self._header.lower() == b"content-disposition":
            told = Message()
            told["Content-Disposition"] = self._value.decode("utf-8", "replace")
            self._name = str(told.get_param("name", "", "Content-Disposition"))
            self._is_file = told.get_param("filename", None, "Content-Disposition") is not None
        self._header = self._value = b""

    def _part_began(self) -> None:
        self._text = b""
        if not self._is_file:
            refuse_others([self._name], FIELDS, "field of the form")
            return
        refuse_others([self._name], FIELDS[:1], "file field of the form")
        if self._had_file:
            raise RefusedError(422, "the form contains several files; send one picture per request")
        self._had_file = True

    def _data(self, data: bytes) -> None:
        if self._is_file:
            self.upload.write(data)
        else:
            self._more("_text", data)

    def _part_ended(self) -> None:
        if not self._is_file:
            self.upload.form[self._name] = self._text.decode("utf-8", "replace")
        self._name, self._is_file = "", False

    def _end(self) -> None:
        self.ended = True
        if not self._had_file:
            raise RefusedError(422, "the form contains no file; send the picture as its field 'picture'")
