"""Which code stands behind a document-format or compression keyword, and how a format is found out.

The rooms name formats and compressions by these keys; at start the house checks that each named one is here.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from firmware.core.errors import DocumentError
from firmware.document.job import Limits, Reader

_fast: Any = zlib
try:
    from isal import isal_zlib

    _fast = isal_zlib  # two to three times as fast, with the same interface
except ImportError:  # a board without the wheel
    pass

OCTET_STREAM = "application/octet-stream"
SNIFFED = 1024
"""Octets that ``sniff`` wants to see."""
PIECE = 1 << 17
"""Octets of a document at a time; see ``piece_size``."""
LONG = 1 << 23

COMPRESSIONS: tuple[str, ...] = ("none", "gzip", "deflate")
"""``compression`` keywords, RFC 8011 section 5.4.32."""

RASTERS: Mapping[str, bytes] = {"image/pwg-raster": b"RaS2", "image/urf": b"UNIRAST\0"}
"""Formats that raster_ext reads in this process, page by page as they arrive, and how they begin."""

PCLM = "application/PCLm"
"""Read in this process as well; see ``is_pclm``."""

RENDERED: Mapping[str, str] = {
    "application/pdf": "firmware.document.formats.pdf",
    "image/jpeg": "firmware.document.formats.jpeg",
    "image/png": "firmware.document.formats.png",
    "text/plain": "firmware.document.formats.text",
}
"""Formats that a process of their own turns into pixels, and the module that it loads for them."""

JPEG_STRIPS = "image/jpeg; strips"
"""No document's format: parts of PCLm pages."""
MODULES: Mapping[str, str] = {**RENDERED, JPEG_STRIPS: "firmware.document.formats.strip"}
"""What the renderer process loads for what."""

FORMATS: tuple[str, ...] = (*RASTERS, PCLM, *RENDERED, OCTET_STREAM)
"""document-format values that the press can print."""
_SPELLED = {name.lower(): name for name in FORMATS}
_PCLM = re.compile(rb"%PDF-\d\.\d[^\r\n]*[\r\n]+%PCLm")


def piece_size(given: int) -> int:
    """How much to read next of a document of which ``given`` octets were read.

    Small pieces stay in the processor's cache, and the allocator keeps their memory at hand; a document that is long
    all the same, a photograph or noise, is read in fewer calls.
    """
    return PIECE if given < LONG else 4 * PIECE


def sniff(head: bytes) -> str:
    """The format of a document that begins with ``head`` (the first ``SNIFFED`` octets, or all that there
    are).

    Raises DocumentError("unsupported-document-format").
    """
    for media_type, magic in (
        *RASTERS.items(),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
    ):
        if head.startswith(magic):
            return media_type
    if is_pclm(head):
        return PCLM
    if b"%PDF-" in head:  # readers accept rubbish before it; ISO 32000 allows 1024 octets
        return "application/pdf"
    if is_text(head):
        return "text/plain"
    raise DocumentError("unsupported-document-format", f"unknown document format (it begins with {head[:8].hex(' ')})")


def is_pclm(head: bytes) -> bool:
    """Whether it is a PDF that says that it keeps to PCLm."""
    return _PCLM.match(head) is not None


def is_a(head: bytes, media_type: str) -> bool:
    """Whether a document that begins so can be of this format."""
    if media_type in RASTERS:
        return head.startswith(RASTERS[media_type])
    try:
        found = sniff(head)
    except DocumentError:
        return media_type == "text/plain"
    return found == media_type or media_type == "text/plain" or (found, media_type) == (PCLM, "application/pdf")


def is_text(head: bytes) -> bool:
    """Whether this can be the beginning of plain text: no control characters but those that text uses."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16 with a byte order mark
        return len(head) % 2 == 0 or len(head) >= SNIFFED
    return bool(head) and not any(octet < 32 and octet not in b"\t\n\v\f\r\x1b\b" for octet in head)


def plain_format(media_type: str) -> str:
    """The bare media type as we spell it: ``text/plain; charset=utf-8`` is ``text/plain``."""
    bare = media_type.partition(";")[0].strip().lower()
    return _SPELLED.get(bare, bare)


def decompress(reader: Reader, compression: str, limits: Limits) -> Reader:
    """The reader of the document itself. Raises DocumentError("unsupported-compression")."""
    if compression == "none":
        return reader
    if compression not in COMPRESSIONS:
        raise DocumentError("unsupported-compression", f"compression {compression} is not supported")
    return Inflater(reader, compression, limits)


class Inflater:
    """gzip (RFC 1952, any number of members) or deflate: RFC 1950 by definition, RFC 1951 as some clients
    send it.

    Holds a few pieces of 64 KiB at most, whatever the data claims. A read that goes far beyond what honest
    documents compress to ends with DocumentError("compression-error").
    """

    def __init__(self, reader: Reader, compression: str, limits: Limits) -> None:
        self._reader = reader
        self._compression = compression
        self._limits = limits
        self._taken = self._given = 0
        self._pieces = self._inflate()

    def read(self, size: int, /) -> bytes:
        """At most 64 KiB at a time, whatever ``size`` says."""
        return next(self._pieces, b"")

    def _inflate(self) -> Iterator[bytes]:
        rest = self._more()
        if not rest:
            raise DocumentError("compression-error", f"the {self._compression} data is empty")
        while rest:
            stream, rest = self._start(rest)
            while not stream.eof:
                if not rest and not (rest := self._more()):
                    raise DocumentError("compression-error", f"the {self._compression} data ends too early")
                yield from self._expand(stream, rest)
                rest = b""
            if self._compression != "gzip":
                return
            rest = bytes(stream.unused_data).lstrip(b"\0") or self._more().lstrip(b"\0")  # gzip pads with zeros

    def _start(self, head: bytes) -> tuple[Any, bytes]:
        """A decompressor, and what to give it first. zlib when the header checks (RFC 1950 section 2.2), else
        raw."""
        if self._compression == "gzip":
            return _fast.decompressobj(16 + zlib.MAX_WBITS), head
        while len(head) < 2 and (more := self._more()):
            head += more
        checks = len(head) >= 2 and head[0] & 0x8F == 0x08 and int.from_bytes(head[:2], "big") % 31 == 0
        return _fast.decompressobj(zlib.MAX_WBITS if checks else -zlib.MAX_WBITS), head

    def _expand(self, stream: Any, data: bytes) -> Iterator[bytes]:
        while data or not stream.eof:
            try:
                piece = stream.decompress(data, PIECE)
            except (zlib.error, _fast.error) as error:
                raise DocumentError("compression-error", f"the {self._compression} data is damaged: {error}") from None
            data = stream.unconsumed_tail
            if not piece:
                return
            self._given += len(piece)
            if self._given > max(self._limits.bomb_floor, self._taken * self._limits.bomb_ratio):
                raise DocumentError("compression-error", f"{self._taken} octets unfold to more than {self._given}")
            yield piece

    def _more(self) -> bytes:
        data = self._reader.read(PIECE)
        self._taken += len(data)
        return data
