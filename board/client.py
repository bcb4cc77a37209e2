"""A small IPP client: for ``inkstand print``."""

from __future__ import annotations

import getpass
import http.client
import itertools
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from board.ask import UnixConnection
from firmware.core.call import plain_text
from firmware.ipp import (
    Attribute,
    AttributeGroup,
    GroupTag,
    MalformedMessage,
    Message,
    Name,
    Operation,
    Uri,
    decode,
    encode,
)
from firmware.ipp.dump import code_label

PIECE = 1 << 16
TLS = ("ipps", "https")
_OTHER_NAME = (62, 64)
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""


class ClientError(Exception):
    """The printer can't be asked, or said no: one line."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe over TLS: those that this machine trusts, those of ``cafile`` in their place (authorities, or
    the printer's own certificate), or, ``insecure``, anybody."""

    cafile: Path | None = None
    insecure: bool = False

    def context(self) -> ssl.SSLContext:
        if self.insecure and self.cafile is not None:
            raise ClientError("--cafile and --insecure exclude each other: give one of them")
        try:
            context = ssl.create_default_context(cafile=self.cafile)
        except OSError as error:  # ssl.SSLError is one
            raise ClientError(f"{self.cafile} can't be used, it must hold certificates as PEM: {error}") from error
        if self.cafile is not None:  # a certificate of somebody else's making may be trusted without its maker
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class Client:
    """Talks to one printer: by its URI, or by the control socket of one that runs here."""

    def __init__(self, uri: str, socket: Path | None = None, trust: Trust = Trust()) -> None:
        self.uri = uri
        self._socket = socket
        self._ids = itertools.count(1)
        parts = urlsplit(uri)
        self._path = parts.path or "/ipp/print"
        if socket is None and (parts.scheme not in ("ipp", "http", *TLS) or not parts.hostname):
            raise ClientError(f"{uri!r} is no printer URI: give one such as ipp://host:8631/ipp/print")
        if parts.scheme not in TLS and trust != Trust():
            raise ClientError("--cafile and --insecure are for TLS: give -p ipps://host:8631/ipp/print with them")
        self._tls = trust.context() if parts.scheme in TLS else None
        self._host, self._port = parts.hostname or "localhost", parts.port or 631

    def request(
        self,
        operation: Operation,
        attributes: Iterable[Attribute] = (),
        groups: Iterable[AttributeGroup] = (),
        data: BinaryIO | None = None,
        sent: Callable[[int], None] | None = None,
    ) -> Message:
        """Ask, with document data if there is some; ``sent`` hears how many octets went out."""
        user = Attribute("requesting-user-name", Name(getpass.getuser()))
        target = [Attribute("printer-uri", Uri(self.uri)), user, *attributes]
        message = Message.request(operation, target, next(self._ids))
        message.groups += list(groups)
        connection = self._connect()
        try:
            headers = {"Content-Type": "application/ipp", "Transfer-Encoding": "chunked"}
            pieces = _body(encode(message), data, sent)
            connection.request("POST", self._path, body=pieces, headers=headers, encode_chunked=True)
            response = connection.getresponse()
            octets = response.read()
        except ssl.SSLCertVerificationError as error:
            raise ClientError(self._untrusted(error)) from error
        except ssl.SSLError as error:
            raise ClientError(f"{self.uri} speaks no TLS that we do: {error.reason or error}") from error
        except (OSError, http.client.HTTPException) as error:
            raise ClientError(f"{self.uri} does not answer: {error or type(error).__name__}") from error
        finally:
            connection.close()
        if response.status == 426:
            raise ClientError(f"{self.uri} takes TLS only: use {self.uri.replace('://', 's://', 1)}")
        if response.status != 200:
            raise ClientError(f"{self.uri} answered HTTP {response.status} {response.reason}")
        return self._checked(operation, octets)

    def _connect(self) -> http.client.HTTPConnection:
        if self._socket is not None:
            return UnixConnection(self._socket)
        if self._tls is not None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=60, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=60)

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> str:
        advice = "give a file with it or its issuer by --cafile, or --insecure to trust anybody"
        if error.verify_code in _OTHER_NAME:
            advice = "use a name or address that is in it, or --insecure to trust anybody"
        return f"the certificate of {self.uri} is not trusted ({error.verify_message}): {advice}"

    def _checked(self, operation: Operation, octets: bytes) -> Message:
        try:
            answer, _ = decode(octets)
        except MalformedMessage as error:
            raise ClientError(f"{self.uri} answered no IPP: {error}") from error
        if answer.code >= 0x0400:
            said = answer.get("status-message")
            detail = f": {plain_text(said.value)}" if said is not None else ""
            raise ClientError(f"{operation.label}: {code_label(answer.code, False)}{detail}")
        return answer


def _body(head: bytes, data: BinaryIO | None, sent: Callable[[int], None] | None) -> Iterable[bytes]:
    yield head
    while data is not None and (piece := data.read(PIECE)):
        yield piece
        if sent is not None:
            sent(len(piece))


def job_value(answer: Message, name: str, default: int = 0) -> int:
    """An integer or enum of the answer's job group."""
    attribute = answer.get(name, GroupTag.JOB)
    return attribute.value if attribute is not None and isinstance(attribute.value, int) else default
