"""TLS (RFC 8446, RFC 5246): the printer's certificate, and how it speaks.

Two certificates may be there: the owner's, which counts, and our own, self-signed, made at the first start and again
when a name or an address changes or its end is near. Both lie, with their keys, in the identity store.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from asyncio import sslproto
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware.core.errors import StartError
from firmware.net.names import Names, addresses
from firmware.ports import IdentityStore

log = logging.getLogger("inkstand.tls")

# asyncio has a buffer of 256 KiB for each connection: too much for a small board, and no faster than this.
setattr(sslproto.SSLProtocol, "max_size", 1 << 15)  # noqa: B010 (it is not in the type stubs)

OWN, SELF_SIGNED = "certificate-own.pem", "certificate-self-signed.pem"
"""In the identity store: the key, then the certificate and its chain."""
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption only. Those of TLS 1.3 all are so."""
HANDSHAKE = 15.0
"""Seconds for a handshake."""
LOOK = 60.0
"""Seconds after which names, addresses and the certificate's end are looked at again."""


@dataclass(frozen=True, slots=True)
class Files:
    """The owner's certificate and key as files of his, which others may renew."""

    certificate: Path
    key: Path

    def read(self) -> bytes:
        from firmware.net.certificate import CertificateError, own

        try:
            return own(self.certificate.read_bytes(), self.key.read_bytes())
        except (OSError, CertificateError) as error:
            raise StartError(f"[network] certificate and key: {error}") from None

    def stamp(self) -> tuple[int, int]:
        return self.certificate.stat().st_mtime_ns, self.key.stat().st_mtime_ns


class Tls:
    """The one context for every connection; a new certificate counts from the next handshake on."""

    def __init__(
        self,
        store: IdentityStore,
        names: Names,
        files: Files | None = None,
        found: Callable[[], list[str]] = addresses,
    ) -> None:
        self._store = store
        self._names = names
        self._files = files
        self._addresses = found
        self._pem = b""
        self._stamp: tuple[int, int] | None = None
        self._task: asyncio.Task[None] | None = None
        self.context = _context()

    def start(self) -> None:
        """Have a certificate: at the first start one is made. StartError when the owner's can't be used."""
        pem = self._owners() or self._store.load(SELF_SIGNED)
        try:
            self._use(pem or self._fresh(None))
        except ssl.SSLError as error:
            if self._files is not None or self._store.load(OWN) is not None:
                raise StartError(f"the certificate can't be used: {error}") from None
            log.warning("certificate made anew", extra={"error": str(error)})
            self._use(self._fresh(None))
        self._task = asyncio.get_running_loop().create_task(self._keep_fresh())

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    @property
    def pem(self) -> bytes:
        """The certificate in use and its chain, without the key."""
        return self._pem[self._pem.find(b"-----BEGIN CERTIFICATE") :]

    @property
    def files(self) -> Files | None:
        """The owner's, where the board names them."""
        return self._files

    def is_own(self) -> bool:
        """Is the owner's certificate in use, and not one of ours?"""
        return self._files is not None or self._store.load(OWN) is not None

    def refresh(self) -> None:
        """Something may be different: the owner's certificate, or what ours has to say."""
        try:
            pem = self._owners() or self._current()
            if pem != self._pem:
                self._use(pem)
                log.info("new certificate in use", extra={"own": self.is_own()})
        except (StartError, ssl.SSLError, OSError) as error:
            log.error("certificate not changed", extra={"error": str(error)})

    def _owners(self) -> bytes | None:
        if self._files is None:
            return self._store.load(OWN)
        stamp = self._files.stamp() if self._files.certificate.exists() and self._files.key.exists() else None
        if stamp is not None and stamp == self._stamp:
            return self._pem
        pem = self._files.read()
        self._stamp = stamp
        return pem

    def _current(self) -> bytes:
        """Our own certificate, made anew if it no longer fits."""
        from firmware.net.certificate import CertificateError, now, read

        pem = self._store.load(SELF_SIGNED)
        try:
            if pem is not None and read(pem).fits(self._wanted(), now()):
                return pem
        except CertificateError:
            pem = None
        return self._fresh(pem)

    def _fresh(self, old: bytes | None) -> bytes:
        from firmware.net.certificate import now, self_signed

        pem = self_signed(self._wanted(), now(), old)
        self._store.save(SELF_SIGNED, pem)
        return pem

    def _wanted(self) -> list[str]:
        names = [name for name in self._names.all() if len(name) <= 253 and ".." not in name]
        return list(dict.fromkeys([*names, *self._addresses(), "127.0.0.1", "::1"]))

    def _use(self, pem: bytes) -> None:
        """Load into the context. OpenSSL wants a file: one in memory, which has no name and leaves no trace."""
        file = os.memfd_create("certificate")
        try:
            os.write(file, pem)
            self.context.load_cert_chain(f"/proc/self/fd/{file}")
        finally:
            os.close(file)
        self._pem = pem

    async def _keep_fresh(self) -> None:
        """The first look comes soon: at the start there is other work, and the certificate of the last time."""
        await asyncio.sleep(1)
        while True:
            self.refresh()
            await asyncio.sleep(LOOK)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 0  # CUPS 2.4 with GnuTLS waits for ever when a session ticket comes before the answer
    context.set_alpn_protocols(["http/1.1"])
    return context
